# R_RISCV_GOT_HI20: (G + A - P + 0x800)[31:12], with PCREL_LO12_I at its label. One entry for each symbol.
# arch: riscv64
# define: ext = 0x7f0000001000
	.option	norelax
	.option	pic
	.option	norvc
	.text
	.p2align 4
	.globl	f, g
f:	auipc	a0, %got_pcrel_hi(ext)
	ld	a1, %pcrel_lo(f)(a0)
	nop
g:	la	a2, ext
	ret
	.data
	.globl	table
table:	.quad	ext

# check: *{8}got_addr(ext) = ext
# check: (*{4}f)[31:12] = (got_addr(ext) - f + 0x800)[31:12]
# check: (*{4}f)[11:0] = 0x517
# check: (*{4}(f + 4))[31:20] = (got_addr(ext) - f)[11:0]
# check: (*{4}(f + 4))[19:0] = 0x53583
# check: (*{4}g)[31:12] = (got_addr(ext) - g + 0x800)[31:12]
# check: (*{4}(g + 4))[31:20] = (got_addr(ext) - g)[11:0]
# check: section_size($__GOT) = 8
# case: the farthest
# slab: readonly 0x8ffff7f0
# check: *{4}f = 0x7ffff517
# check: *{4}(f + 4) = 0x7f053583
# case: beyond
# slab: readonly 0x8ffff800
# error: R_RISCV_GOT_HI20 to GOT entry of ext: the value 0x7ffff800 does not fit
