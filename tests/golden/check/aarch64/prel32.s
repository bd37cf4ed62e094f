# R_AARCH64_PREL32: S + A - P, -2**31 <= X < 2**32.
# arch: aarch64
# define: ext = 0x10ffffff0
# slab: 0x10000000
	.text
	.globl	f
f:	ret
	.data
	.globl	table
table:	.word	ext - .
	.word	f - .
	.word	table - . + 16
# check: table = 0x10001000
# check: *{4}table = 0xffffeff0
# check: *{4s}(table + 4) = f - (table + 4)
# check: *{4}(table + 8) = 8
# case: the highest
# define: ext = 0x110000fff
# check: *{4}table = 0xffffffff
# case: one too high
# define: ext = 0x110001000
# error: R_AARCH64_PREL32 to ext: the value 0x100000000 does not fit
# case: the lowest
# slab: 0x90000000
# define: ext = 0x10001000
# check: table = 0x90001000
# check: *{4}table = 0x80000000
# case: one too low
# slab: 0x90000000
# define: ext = 0x10000fff
# error: R_AARCH64_PREL32 to ext: the value -0x80000001 does not fit
