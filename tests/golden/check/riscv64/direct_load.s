# What position-dependent code reads from a far place, no stub can be.
# arch: riscv64
# define: ext = 0x7f0000000000
	.option	norelax
	.option	norvc
	.text
	.globl	f
f:	lui	a0, %hi(ext)
	lw	a0, %lo(ext)(a0)
	ret
# error: R_RISCV_HI20 to ext: the value 0x7f0000000000 does not fit
