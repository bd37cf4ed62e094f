# Where R_RISCV_HI20 ends: the low half is signed, so 0x800 bytes before 2 GiB.
# arch: riscv64
# slab: data 0x7ffff7f0
	.option	norelax
	.option	norvc
	.text
	.globl	f
f:	lui	a0, %hi(datum + 15)
	addi	a0, a0, %lo(datum + 15)
	.data
	.globl	datum
datum:	.skip	32
# check: datum = 0x7ffff7f0
# check: *{4}f = 0x7ffff537
# check: *{4}(f + 4) = 0x7ff50513
# case: one too high
# slab: data 0x7ffff800
# error: R_RISCV_HI20 to datum: the value 0x7ffff80f does not fit
