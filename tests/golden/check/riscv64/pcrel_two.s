# Two high halves of one symbol: each low half belongs to the one at its own label. Labels in other sections' shadows.
# arch: riscv64
	.option	norelax
	.option	norvc
	.section .text.f,"ax",@progbits
	.globl	f
f:
.Lf:	auipc	a0, %pcrel_hi(datum)
	nop
	addi	a0, a0, %pcrel_lo(.Lf)
.Lf2:	auipc	a1, %pcrel_hi(datum)
	addi	a1, a1, %pcrel_lo(.Lf2)
	.section .text.g,"ax",@progbits
	.globl	g
g:
.Lg:	auipc	a0, %pcrel_hi(datum)
	addi	a0, a0, %pcrel_lo(.Lg)
	.data
	.globl	datum
datum:	.quad	0
# check: (*{4}(f + 8))[31:20] = (datum - f)[11:0]
# check: (*{4}(f + 16))[31:20] = (datum - f - 12)[11:0]
# check: (*{4}(g + 4))[31:20] = (datum - g)[11:0]
# check: (*{4}g)[31:12] = (datum - g + 0x800)[31:12]
