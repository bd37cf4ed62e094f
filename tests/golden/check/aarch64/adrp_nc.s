# R_AARCH64_ADR_PREL_PG_HI21_NC: the same, not checked: bits above are somebody else's.
# arch: aarch64
# slab: data 0x110002000
	.text
	.p2align 4
	.globl	f
f:	adrp	x5, :pg_hi21_nc:datum + 0x123
	add	x5, x5, :lo12:datum + 0x123
	.data
	.globl	datum
datum:	.xword	0
# check: (*{4}f)[23:5] = (0x100002000)[32:14]
# check: (*{4}f)[30:29] = (0x100002000)[13:12]
# check: (*{4}f)[4:0] = 5
# check: decode_operand(f + 4, 2) = 0x123
# case: far away
# slab: data 0x7f1210003000
# check: (*{4}f)[23:5] = (datum - f)[32:14]
# check: (*{4}f)[30:29] = (datum - f)[13:12]
