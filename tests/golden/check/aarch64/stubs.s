# Many stubs behind each other, each with its own entry, wherever these lie.
# arch: aarch64
# define: e1 = 0x7f0000000000
# define: e2 = 0x7f0000000004
# define: e3 = 0x10100000
	.text
	.globl	f
f:	bl	e1
	bl	e2
	bl	e3
	b	e2
# check: decode_operand(f, 0) = stub_addr(e1)
# check: decode_operand(f + 4, 0) = stub_addr(e2)
# check: decode_operand(f + 8, 0) = e3
# check: decode_operand(f + 12, 0) = stub_addr(e2)
# check: decode_operand(stub_addr(e1) + 4, 1) = got_addr(e1)[11:0]
# check: decode_operand(stub_addr(e2) + 4, 1) = got_addr(e2)[11:0]
# check: *{8}got_addr(e2) = e2
# check: stub_addr(e1) & 3 = 0
# case: entries of one table in two pages
# slab: readonly 0x20000ff8
# check: decode_operand(stub_addr(e1), 1) = (got_addr(e1)[63:12]) << 12
# check: decode_operand(stub_addr(e2), 1) = (got_addr(e2)[63:12]) << 12
# check: decode_operand(stub_addr(e2) + 4, 1) = got_addr(e2)[11:0]
