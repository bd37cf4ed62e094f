# What position-dependent code reads from a far place, no stub can be.
# arch: aarch64
# define: ext = 0x7f0000000000
	.text
	.globl	f
f:	adrp	x0, ext
	ldr	x0, [x0, :lo12:ext]
	ret
# error: R_AARCH64_ADR_PREL_PG_HI21 to ext: the value .* does not fit
# case: near
# define: ext = 0x10100008
# check: decode_operand(f, 1) = 0x10100000
# check: decode_operand(f + 4, 1) = 8
