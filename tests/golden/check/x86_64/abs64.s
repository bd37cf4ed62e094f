# R_X86_64_64: S + A, 64 bits; it wraps, and nothing is out of range.
# arch: x86_64
# define: ext = 0x7f0000000000
	.text
	.globl	f, g
f:	movabsq	$g + 0x10, %rax
	ret
	.p2align 4
g:	ret

	.data
	.globl	table
table:	.quad	f
	.quad	g + 1
	.quad	ext
	.quad	ext - 1
	.quad	table - 8
# check: f = 0x10000000
# check: g = f + 0x10
# check: *{8}(f + 2) = g + 0x10
# check: *{8}table = f
# check: *{8}(table + 8) = g + 1
# check: *{8}(table + 16) = 0x7f0000000000
# check: *{8}(table + 24) = 0x7effffffffff
# check: *{8}(table + 32) = table - 8
# case: the highest address
# define: ext = 0xffffffffffffffff
# check: *{8}(table + 16) = 0xffffffffffffffff
# check: *{8s}(table + 24) = -2
# case: zero
# define: ext = 0
# check: *{8}(table + 16) = 0
# check: *{8s}(table + 24) = -1
# case: far above
# slab: 0x7fff12340000
# check: *{8}table = 0x7fff12340000
