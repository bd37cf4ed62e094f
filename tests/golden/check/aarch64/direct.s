# Position-dependent code takes the address of a far function by adrp and add: it gets its stub's.
# arch: aarch64
# define: ext = 0x7f0000000000
	.text
	.globl	f
f:	adrp	x0, ext
	add	x0, x0, :lo12:ext
	bl	ext
	ret
# check: decode_operand(f, 1) = (stub_addr(ext)[63:12]) << 12
# check: decode_operand(f + 4, 2) = stub_addr(ext)[11:0]
# check: decode_operand(f + 8, 0) = stub_addr(ext)
# case: near
# define: ext = 0x10100004
# check: decode_operand(f, 1) = 0x10100000
# check: decode_operand(f + 4, 2) = 4
# check: decode_operand(f + 8, 0) = ext
