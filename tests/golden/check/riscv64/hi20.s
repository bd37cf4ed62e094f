# R_RISCV_HI20: (S + A + 0x800)[31:12]; LO12_I, LO12_S: (S + A)[11:0]. lui extends the sign of 32 bits.
# arch: riscv64
# define: ext = 0x12345ffe
	.option	norelax
	.option	norvc
	.text
	.p2align 4
	.globl	f
f:	lui	a0, %hi(ext)
	addi	a0, a0, %lo(ext)
	lw	a1, %lo(ext + 1)(a0)
	sw	a1, %lo(ext)(a0)
	lui	a2, %hi(datum + 8)
	sd	a2, %lo(datum + 8)(a2)
	ret
	.data
	.p2align 3
	.globl	datum
datum:	.quad	0, 0
# check: *{4}f = 0x12346537
# check: *{4}(f + 4) = 0xffe50513
# check: (*{4}(f + 8))[31:20] = 0xfff
# check: (*{4}(f + 12))[31:25] = 0x7f
# check: (*{4}(f + 12))[11:7] = 0x1e
# check: (*{4}(f + 16))[31:12] = (datum + 8 + 0x800)[31:12]
# check: (*{4}(f + 20))[31:25] = (datum + 8)[11:5]
# check: (*{4}(f + 20))[11:7] = (datum + 8)[4:0]
# case: zero
# define: ext = 0
# check: *{4}f = 0x537
# check: *{4}(f + 4) = 0x50513
# case: the highest
# define: ext = 0x7ffff7fe
# check: *{4}f = 0x7ffff537
# check: *{4}(f + 4) = 0x7fe50513
# check: (*{4}(f + 8))[31:20] = 0x7ff
# case: the highest slab that fits
# slab: data 0x7ffff000
# check: *{4}(f + 16) = 0x7ffff637
# case: data at 2 GiB
# slab: data 0x80000000
# error: R_RISCV_HI20 to datum: the value 0x80000008 does not fit
# case: the upper half of the addresses
# define: ext = 0xffffffff80000000
# check: *{4}f = 0x80000537
# check: *{4}(f + 4) = 0x50513
# case: the lowest
# define: ext = 0xffffffff7ffff800
# check: *{4}f = 0x80000537
# check: *{4}(f + 4) = 0x80050513
