# R_AARCH64_PREL64: S + A - P.
# arch: aarch64
# define: ext = 0x7f0000000000
	.text
	.globl	f
f:	ret
	.data
	.globl	table
table:	.xword	f - .
	.xword	ext - .
	.xword	table - . + 0x100
# check: *{8}table = f - table
# check: *{8}(table + 8) = ext - (table + 8)
# check: *{8}(table + 16) = 0xf0
# case: across the sign
# define: ext = 0xfffffffffffffff0
# check: *{8}(table + 8) = ext - (table + 8)
