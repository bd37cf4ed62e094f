# Each owner has GOT entries and stubs of its own.
# arch: aarch64
# define: ext = 0x7f0000000000
# part: a owner 1
	.text
	.globl	fa
fa:	bl	ext
	adrp	x0, :got:ext
	ldr	x1, [x0, :got_lo12:ext]
# part: b owner 2
	.text
	.globl	fb
fb:	bl	ext
	adrp	x0, :got:ext
	ldr	x1, [x0, :got_lo12:ext]
# check: decode_operand(fa, 0) = stub_addr(a, ext)
# check: decode_operand(fb, 0) = stub_addr(b, ext)
# check: stub_addr(a, ext) != stub_addr(b, ext)
# check: decode_operand(fa + 8, 1) = got_addr(a, ext)[11:0]
# check: decode_operand(fb + 8, 1) = got_addr(b, ext)[11:0]
# check: decode_operand(stub_addr(a, ext), 1) = (got_addr(a, ext)[63:12]) << 12
# check: decode_operand(stub_addr(b, ext), 1) = (got_addr(b, ext)[63:12]) << 12
# check: decode_operand(stub_addr(b, ext) + 4, 1) = got_addr(b, ext)[11:0]
# check: *{8}got_addr(a, ext) = ext
# check: *{8}got_addr(b, ext) = ext
