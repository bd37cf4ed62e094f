# R_AARCH64_ABS16: S + A, -2**15 <= X < 2**16.
# arch: aarch64
# define: ext = 0xffff
	.data
	.globl	table
table:	.hword	ext
	.hword	0x1234
# check: *{4}table = 0x1234ffff
# case: one too high
# define: ext = 0x10000
# error: R_AARCH64_ABS16 to ext: the value 0x10000 does not fit
# case: the lowest
# define: ext = 0xffffffffffff8000
# check: *{4}table = 0x12348000
# case: one too low
# define: ext = 0xffffffffffff7fff
# error: R_AARCH64_ABS16 to ext: the value -0x8001 does not fit
