# R_RISCV_32: S + A, 32 bits.
# arch: riscv64
# define: ext = 0xffffffff
	.data
	.globl	table
table:	.word	ext
	.word	0x12345678
# check: *{4}table = 0xffffffff
# check: *{4}(table + 4) = 0x12345678
# case: zero
# define: ext = 0
# check: *{4}table = 0
# case: one too high
# define: ext = 0x100000000
# error: R_RISCV_32 to ext: the value 0x100000000 does not fit
# case: far too low
# define: ext = 0xffffffff7fffffff
# error: R_RISCV_32 to ext: the value -0x80000001 does not fit
