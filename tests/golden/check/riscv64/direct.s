# Position-dependent code takes the address of a far function in two halves: it gets its stub's.
# arch: riscv64
# define: ext = 0x7f0000000000
	.option	norelax
	.option	norvc
	.text
	.globl	f, g
f:	lui	a0, %hi(ext)
	addi	a0, a0, %lo(ext)
g:	call	ext
	ret
# check: (*{4}f)[31:12] = (stub_addr(ext) + 0x800)[31:12]
# check: (*{4}(f + 4))[31:20] = stub_addr(ext)[11:0]
# check: (*{4}(g + 4))[31:20] = (stub_addr(ext) - g)[11:0]
# case: near
# define: ext = 0x20000004
# check: (*{4}f)[31:12] = 0x20000
# check: (*{4}(f + 4))[31:20] = 4
# check: (*{4}(g + 4))[31:20] = (ext - g)[11:0]
