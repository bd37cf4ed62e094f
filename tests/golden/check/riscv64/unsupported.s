# What only dynamic linkers know is refused by name.
# arch: riscv64
	.data
	.globl	d
d:	.quad	0
	.reloc	d, R_RISCV_RELATIVE, d
# error: R_RISCV_RELATIVE \(1x\)
