# AAELF64: to a weak symbol that nobody defines, a distance is 0, and a page the place's own.
# arch: aarch64
# slab: 0x7f0000000000
	.weak	hook
	.text
	.globl	f
f:	adrp	x0, hook
	adr	x1, hook
	ret
	.data
	.globl	table
table:	.word	hook - .
# check: decode_operand(f, 1) = f
# check: decode_operand(f + 4, 1) = f + 4
# check: *{4}table = 0
# xfail: the distance to address 0 is taken, which does not fit
