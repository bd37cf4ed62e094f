# What only dynamic linkers know is refused by name, all of it at once.
# arch: x86_64
	.data
	.globl	d
d:	.quad	0, 0
	.reloc	d, R_X86_64_RELATIVE, d
	.reloc	d, R_X86_64_RELATIVE, d
	.reloc	d + 8, R_X86_64_GLOB_DAT, d
# error: R_X86_64_GLOB_DAT \(1x\)
# case: and the others in the same message
# error: R_X86_64_RELATIVE \(2x\)
