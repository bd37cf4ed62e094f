# R_RISCV_64: S + A, 64 bits.
# arch: riscv64
# define: ext = 0x7f0000000000
	.option	norelax
	.text
	.globl	f, g
f:	ret
g:	ret
	.data
	.globl	table
table:	.quad	g
	.quad	f + 2
	.quad	ext
	.quad	ext - 1
	.byte	0xaa
	.quad	table - 8               # a fixup may be misaligned
# check: *{8}table = g
# check: *{8}(table + 8) = f + 2
# check: *{8}(table + 16) = 0x7f0000000000
# check: *{8}(table + 24) = 0x7effffffffff
# check: *{1}(table + 32) = 0xaa
# check: *{8}(table + 33) = table - 8
# case: the highest address
# define: ext = 0xffffffffffffffff
# check: *{8s}(table + 16) = -1
# case: zero
# define: ext = 0
# check: *{8}(table + 16) = 0
# check: *{8s}(table + 24) = -1
