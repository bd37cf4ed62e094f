# What only dynamic linkers know is refused by name.
# arch: aarch64
	.data
	.globl	d
d:	.xword	0
	.reloc	d, R_AARCH64_RELATIVE, d
# error: R_AARCH64_RELATIVE \(1x\)
