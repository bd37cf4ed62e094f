# A branch into something far: the formula is S + A, so a stub of S plus A will not do.
# arch: aarch64
# define: ext = 0x7f0000000000
	.text
	.globl	f
f:	bl	ext + 8
# error: R_AARCH64_CALL26 to ext
# case: near
# define: ext = 0x10100000
# check: decode_operand(f, 0) = ext + 8
