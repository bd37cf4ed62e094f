# A low half whose label has no high half.
# arch: riscv64
	.option	norelax
	.text
	.globl	f, g
f:	addi	a0, a0, 0
	.reloc	f, R_RISCV_PCREL_LO12_I, g
g:	ret
# error: R_RISCV_PCREL_LO12_I
