# R_AARCH64_PREL16: S + A - P, -2**15 <= X < 2**16.
# arch: aarch64
# define: ext = 0x1000ffff
	.section .rodata,"a",@progbits
	.globl	table
table:	.hword	ext - .
	.hword	0x1234
# check: table = 0x10000000
# check: *{4}table = 0x1234ffff
# case: one too high
# define: ext = 0x10010000
# error: R_AARCH64_PREL16 to ext: the value 0x10000 does not fit
# case: the lowest
# define: ext = 0xfff8000
# check: *{4}table = 0x12348000
# case: one too low
# define: ext = 0xfff7fff
# error: R_AARCH64_PREL16 to ext: the value -0x8001 does not fit
