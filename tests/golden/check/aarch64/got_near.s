# The same for what is near: the address that comes out counts, not whether an entry is read for it.
# arch: aarch64
	.text
	.p2align 4
	.globl	f, g
f:	adrp	x0, :got:datum
	ldr	x0, [x0, :got_lo12:datum]
	adrp	x1, :got:g
	ldr	x2, [x1, :got_lo12:g]
	ret
g:	ret
	.data
	.p2align 3
	.globl	datum
datum:	.xword	1
# check: decode_operand(f, 1) = (datum[63:12]) << 12
# check: decode_operand(f + 4, 2) = datum[11:0]
# check: (*{4}(f + 4))[9:0] = 0
# check: *{8}got_addr(datum) = datum
# check: *{8}got_addr(g) = g
# check: decode_operand(f + 8, 1) = (got_addr(g)[63:12]) << 12
# check: decode_operand(f + 12, 1) = got_addr(g)[11:0]
