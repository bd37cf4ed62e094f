# R_RISCV_PCREL_HI20: (S + A - P + 0x800)[31:12]; PCREL_LO12_I and _S: the low 12 bits of what is at the label.
# arch: riscv64
# define: ext = 0x20000ffe
	.option	norelax
	.option	norvc
	.text
	.p2align 4
	.globl	f, g
f:	auipc	a0, %pcrel_hi(ext)
	addi	a0, a0, %pcrel_lo(f)
	lw	a1, %pcrel_lo(f)(a0)
	sw	a1, %pcrel_lo(f)(a0)
g:	lbu	a2, %pcrel_lo(.Ldatum)(a3)      # before its high half
.Ldatum:
	auipc	a3, %pcrel_hi(datum + 4)
	sd	a2, %pcrel_lo(.Ldatum)(a3)
	fld	fa0, %pcrel_lo(.Ldatum)(a3)
	fsd	fa0, %pcrel_lo(.Ldatum)(a3)
	ret
	.data
	.p2align 3
	.globl	datum
datum:	.quad	0, 0
# check: f = 0x10000000
# check: *{4}f = 0x10001517
# check: *{4}(f + 4) = 0xffe50513
# check: (*{4}(f + 8))[31:20] = 0xffe
# check: (*{4}(f + 8))[19:0] = 0x52583
# check: (*{4}(f + 12))[31:25] = 0x7f
# check: (*{4}(f + 12))[11:7] = 0x1e
# check: (*{4}(f + 12))[24:12] = 0xb52
# check: (*{4}(g + 4))[31:12] = (datum + 4 - (g + 4) + 0x800)[31:12]
# check: (*{4}(g + 4))[11:0] = 0x697
# check: (*{4}g)[31:20] = (datum + 4 - (g + 4))[11:0]
# check: (*{4}(g + 8))[31:25] = (datum + 4 - (g + 4))[11:5]
# check: (*{4}(g + 8))[11:7] = (datum + 4 - (g + 4))[4:0]
# check: (*{4}(g + 12))[31:20] = (datum + 4 - (g + 4))[11:0]
# check: (*{4}(g + 16))[31:25] = (datum + 4 - (g + 4))[11:5]
# case: the farthest above
# define: ext = 0x8ffff7ff
# check: *{4}f = 0x7ffff517
# check: *{4}(f + 4) = 0x7ff50513
# case: one too high
# define: ext = 0x8ffff800
# error: R_RISCV_PCREL_HI20 to ext: the value 0x7ffff800 does not fit
# case: the farthest below
# slab: 0x100000000
# define: ext = 0x7ffff800
# check: *{4}f = 0x80000517
# check: *{4}(f + 4) = 0x80050513
# case: one too low
# slab: 0x100000000
# define: ext = 0x7ffff7ff
# error: R_RISCV_PCREL_HI20 to ext: the value -0x80000801 does not fit
# case: the low half is 0x7ff
# define: ext = 0x200007ff
# check: *{4}f = 0x10000517
# check: *{4}(f + 4) = 0x7ff50513
# case: the low half is -0x800
# define: ext = 0x20000800
# check: *{4}f = 0x10001517
# check: *{4}(f + 4) = 0x80050513
# case: zones far apart
# slab: data 0x8fff0000
# check: (*{4}(g + 4))[31:12] = (datum + 4 - (g + 4) + 0x800)[31:12]
