# Each owner has GOT entries and stubs of its own.
# arch: riscv64
# define: ext = 0x7f0000000000
# part: a owner 1
	.option	norelax
	.text
	.globl	fa
fa:	call	ext
.La:	auipc	a0, %got_pcrel_hi(ext)
	ld	a0, %pcrel_lo(.La)(a0)
# part: b owner 2
	.option	norelax
	.text
	.globl	fb
fb:	call	ext
.Lb:	auipc	a0, %got_pcrel_hi(ext)
	ld	a0, %pcrel_lo(.Lb)(a0)
# check: (*{4}fa)[31:12] = (stub_addr(a, ext) - fa + 0x800)[31:12]
# check: (*{4}(fa + 4))[31:20] = (stub_addr(a, ext) - fa)[11:0]
# check: (*{4}(fb + 4))[31:20] = (stub_addr(b, ext) - fb)[11:0]
# check: stub_addr(a, ext) != stub_addr(b, ext)
# check: (*{4}(fa + 12))[31:20] = (got_addr(a, ext) - fa - 8)[11:0]
# check: (*{4}(fb + 12))[31:20] = (got_addr(b, ext) - fb - 8)[11:0]
# check: *{8}got_addr(a, ext) = ext
# check: *{8}got_addr(b, ext) = ext
