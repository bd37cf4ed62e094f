# Code above 2 GiB reaches 4 GiB below and above of it, not of zero: what is there has its own address, not a stub's.
# arch: aarch64
# slab: 0x7f0000000000
# define: ext = 0x7f0000123456
	.text
	.globl	f
f:	adrp	x5, ext
	add	x5, x5, :lo12:ext
	ldr	x6, [x5]
	ret
# check: decode_operand(f, 1) = 0x7f0000123000
# check: decode_operand(f + 4, 2) = 0x456
# xfail: reach is taken to be that of a session below 2 GiB, so it gets a stub, and the load reads code
