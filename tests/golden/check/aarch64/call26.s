# R_AARCH64_CALL26 and JUMP26: (S + A - P)[27:2], -2**27 <= X < 2**27; beyond, a stub, which spoils nothing but x16, x17.
# arch: aarch64
# define: ext = 0x10100000
	.text
	.p2align 4
	.globl	f, g
f:	bl	ext
	b	ext
	bl	g
	b	g + 4
	bl	f
	.p2align 4
g:	ret
	ret
# check: f = 0x10000000
# check: decode_operand(f, 0) = ext
# check: (*{4}f)[25:0] = (ext - f)[27:2]
# check: (*{4}f)[31:26] = 0x25
# check: decode_operand(f + 4, 0) = ext
# check: (*{4}(f + 4))[25:0] = (ext - f - 4)[27:2]
# check: (*{4}(f + 4))[31:26] = 5
# check: decode_operand(f + 8, 0) = g
# check: decode_operand(f + 12, 0) = g + 4
# check: decode_operand(f + 16, 0) = f
# check: (*{4}(f + 16))[25:0] = (0 - 4)[25:0]
# case: far away
# define: ext = 0x7f0000000000
# check: decode_operand(f, 0) = stub_addr(ext)
# check: decode_operand(f + 4, 0) = stub_addr(ext)
# check: decode_operand(f + 8, 0) = g
# check: *{8}got_addr(ext) = ext
# check: (*{4}stub_addr(ext))[4:0] = 16
# check: decode_operand(stub_addr(ext), 1) = (got_addr(ext)[63:12]) << 12
# check: decode_operand(stub_addr(ext) + 4, 1) = got_addr(ext)[11:0]
# check: *{4}(stub_addr(ext) + 8) = 0xd61f0200
# case: the farthest above
# define: ext = 0x17fffffc
# check: decode_operand(f, 0) = ext
# check: *{4}f = 0x95ffffff
# check: decode_operand(f + 4, 0) = ext
# case: beyond the farthest above of the first, not of the second
# define: ext = 0x18000000
# check: decode_operand(f, 0) = stub_addr(ext)
# check: *{4}(f + 4) = 0x15ffffff
# case: the farthest below
# define: ext = 0x8000000
# check: *{4}f = 0x96000000
# check: decode_operand(f, 0) = ext
# check: decode_operand(f + 4, 0) = stub_addr(ext)
# case: beyond the farthest below
# define: ext = 0x7fffffc
# check: decode_operand(f, 0) = stub_addr(ext)
# check: *{8}got_addr(ext) = 0x7fffffc
# case: not on a word
# define: ext = 0x10100002
# error: R_AARCH64_(CALL|JUMP)26 to ext: the value 0xffffe is no multiple of 4
