# R_AARCH64_LD64_GOTPAGE_LO15: (G - Page(GOT))[14:3] in bits 21:10 (-fpic). The page is that of the table.
# arch: aarch64
# define: ext = 0x7f0000001000
# define: other = 0x7f0000002000
# define: third = 0x7f0000003000
	.text
	.p2align 4
	.globl	f
f:	adrp	x5, _GLOBAL_OFFSET_TABLE_
	ldr	x6, [x5, :gotpage_lo15:ext]
	ldr	x7, [x5, :gotpage_lo15:other]
	add	x8, x5, :lo12:_GLOBAL_OFFSET_TABLE_
	ldr	x9, [x5, :gotpage_lo15:third]
	ret
# check: decode_operand(f, 1) = (section_addr($__GOT)[63:12]) << 12
# check: decode_operand(f + 4, 1) = got_addr(ext) - ((section_addr($__GOT)[63:12]) << 12)
# check: (*{4}(f + 4))[21:10] = (got_addr(ext) - ((section_addr($__GOT)[63:12]) << 12))[14:3]
# check: (*{4}(f + 4))[9:0] = 0xa6
# check: decode_operand(f + 8, 1) = got_addr(other) - ((section_addr($__GOT)[63:12]) << 12)
# check: decode_operand(f + 12, 2) = section_addr($__GOT)[11:0]
# check: *{8}got_addr(ext) = ext
# check: *{8}got_addr(other) = other
# case: a table across two pages
# slab: readonly 0x20000ff0
# check: decode_operand(f, 1) = 0x20000000
# check: decode_operand(f + 4, 1) = got_addr(ext) - 0x20000000
# check: decode_operand(f + 8, 1) = got_addr(other) - 0x20000000
# check: decode_operand(f + 16, 1) = got_addr(third) - 0x20000000
# check: section_addr($__GOT) + section_size($__GOT) = 0x20001008
