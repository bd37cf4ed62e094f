# R_AARCH64_ABS64: S + A, 64 bits.
# arch: aarch64
# define: ext = 0x7f0000000000
	.text
	.globl	f, g
f:	ret
g:	ret
	.data
	.globl	table
table:	.xword	g
	.xword	f + 2
	.xword	ext
	.xword	ext - 1
	.byte	0xaa
	.xword	table - 8       // a fixup may be misaligned
# check: *{8}table = g
# check: *{8}(table + 8) = f + 2
# check: *{8}(table + 16) = 0x7f0000000000
# check: *{8}(table + 24) = 0x7effffffffff
# check: *{1}(table + 32) = 0xaa
# check: *{8}(table + 33) = table - 8
# case: the highest address
# define: ext = 0xffffffffffffffff
# check: *{8s}(table + 16) = -1
# check: *{8s}(table + 24) = -2
# case: zero
# define: ext = 0
# check: *{8}(table + 16) = 0
# check: *{8s}(table + 24) = -1
