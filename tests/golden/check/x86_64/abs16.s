# R_X86_64_16: S + A, 16 bits.
# arch: x86_64
# define: low = 0
# define: high = 0xffff
	.data
	.globl	fields
fields:	.short	low
	.short	high
	.short	low + 0x8000
	.short	0x1234
# check: *{2}fields = 0
# check: *{2}(fields + 2) = 0xffff
# check: *{2}(fields + 4) = 0x8000
# check: *{2}(fields + 6) = 0x1234
# case: a negative value, which ld and ld.lld take for one of 16 bits with a sign
# define: high = 0xffffffffffff8000
# check: *{2}(fields + 2) = 0x8000
# xfail: refused
# case: one too high
# define: high = 0x10000
# error: R_X86_64_16 to high: the value 0x10000 does not fit
# case: far too low
# define: high = 0xffffffffffff7fff
# error: R_X86_64_16 to high: the value -0x8001 does not fit
