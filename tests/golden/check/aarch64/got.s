# R_AARCH64_ADR_GOT_PAGE: (Page(G) - Page(P))[32:12]; LD64_GOT_LO12_NC: G[11:3]. One entry for each symbol.
# arch: aarch64
# define: ext = 0x7f0000001000
	.text
	.p2align 4
	.globl	f, g
f:	adrp	x5, :got:ext
	ldr	x6, [x5, :got_lo12:ext]
	adrp	x7, :got:ext
	ldr	x7, [x7, :got_lo12:ext]
	ret
g:	adrp	x8, :got:second
	nop
	ldr	x8, [x8, :got_lo12:second]
	ret
	.data
	.globl	table
table:	.xword	ext
# define: second = 0x7f0000002000
# check: decode_operand(f, 1) = (got_addr(ext)[63:12]) << 12
# check: (*{4}f)[23:5] = ((got_addr(ext)[63:12]) - (f[63:12]))[20:2]
# check: (*{4}f)[30:29] = ((got_addr(ext)[63:12]) - (f[63:12]))[1:0]
# check: (*{4}f)[4:0] = 5
# check: decode_operand(f + 4, 1) = got_addr(ext)[11:0]
# check: (*{4}(f + 4))[21:10] = got_addr(ext)[11:3]
# check: (*{4}(f + 4))[9:0] = 0xa6
# check: decode_operand(f + 8, 1) = (got_addr(ext)[63:12]) << 12
# check: decode_operand(g, 1) = (got_addr(second)[63:12]) << 12
# check: decode_operand(g + 8, 1) = got_addr(second)[11:0]
# check: *{8}got_addr(ext) = ext
# check: *{8}got_addr(second) = second
# check: section_size($__GOT) = 16
# case: entries behind 4 GiB
# slab: readonly 0x110000000
# error: R_AARCH64_ADR_GOT_PAGE to GOT entry of (ext|second): the value 0x100000000 does not fit
# case: entries just before 4 GiB
# slab: readonly 0x10fffff00
# check: got_addr(ext) = 0x10fffff00
# check: decode_operand(f, 1) = 0x10ffff000
# check: decode_operand(f + 4, 1) = 0xf00
