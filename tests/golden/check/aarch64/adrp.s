# R_AARCH64_ADR_PREL_PG_HI21: (Page(S + A) - Page(P))[32:12], -2**32 <= X < 2**32. With ADD_ABS_LO12_NC: (S + A)[11:0].
# arch: aarch64
# define: ext = 0xfffff123
	.text
	.p2align 4
	.globl	f, g, h
f:	adrp	x5, ext
	add	x5, x5, :lo12:ext
	ret
g:	adrp	x6, datum + 5
	add	x7, x6, :lo12:datum + 5
	ret
	.skip	0xff0 - (. - f)
h:	adrp	x8, h                   // at the end of a page
	adrp	x8, datum + 0xfff
	adrp	x8, datum - 1
	add	x9, x8, :lo12:datum - 1
	.data
	.p2align 12
	.globl	datum
datum:	.xword	0
# check: f = 0x10000000
# check: decode_operand(f, 1) = (ext[63:12]) << 12
# check: (*{4}f)[4:0] = 5
# check: (*{4}f)[31:31] = 1
# check: (*{4}f)[30:29] = (ext - f)[13:12]
# check: (*{4}f)[23:5] = (ext - f)[32:14]
# check: decode_operand(f + 4, 2) = 0x123
# check: (*{4}(f + 4))[21:10] = ext[11:0]
# check: (*{4}(f + 4))[9:0] = 0xa5
# check: decode_operand(g, 1) = datum
# check: decode_operand(g + 4, 2) = 5
# check: (*{4}(g + 4))[9:0] = 0xc7
# check: h = f + 0xff0
# check: decode_operand(h, 1) = f
# check: decode_operand(h + 4, 1) = datum
# check: decode_operand(h + 8, 1) = datum - 0x1000
# check: decode_operand(h + 12, 2) = 0xfff
# case: the highest page
# slab: data 0x10ffff000
# check: decode_operand(g, 1) = 0x10ffff000
# check: (*{4}g)[23:5] = 0x3ffff
# check: (*{4}g)[30:29] = 3
# case: one page too high
# slab: data 0x110000000
# error: R_AARCH64_ADR_PREL_PG_HI21 to datum: the value 0x100000000 does not fit
# case: the lowest page
# slab: code 0x110000000
# slab: data 0x10001000
# check: (*{4}(h + 8))[23:5] = 0x40000
# check: (*{4}(h + 8))[30:29] = 0
# check: decode_operand(h + 8, 1) = datum - 0x1000
# check: decode_operand(g, 1) = datum
# case: one page too low
# slab: code 0x110000000
# slab: data 0x10000000
# error: R_AARCH64_ADR_PREL_PG_HI21 to datum: the value -0x100001000 does not fit
