# A reference past a dropped group's name, to its section, has no value.
# arch: x86_64
# part: a
	.section .text.twice,"axG",@progbits,twice,comdat
	.weak	twice
twice:	ret
# part: b
	.section .text.twice,"axG",@progbits,twice,comdat
	.weak	twice
twice:	ret
.Linside:
	ret
	.data
	.globl	table
table:	.quad	.Linside
# error: b: \.data\+0x0 refers to .*COMDAT group of which another copy was taken
