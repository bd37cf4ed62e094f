# R_X86_64_8: S + A, 8 bits.
# arch: x86_64
# define: low = 0
# define: high = 0xff
	.data
	.globl	fields
fields:	.byte	low
	.byte	high
	.byte	low + 0x80
	.byte	0x12
# check: *{4}fields = 0x1280ff00
# case: a negative value, which ld and ld.lld take for one of 8 bits with a sign
# define: high = 0xffffffffffffff80
# check: *{1}(fields + 1) = 0x80
# xfail: refused
# case: one too high
# define: high = 0x100
# error: R_X86_64_8 to high: the value 0x100 does not fit
# case: far too low
# define: high = 0xffffffffffffff7f
# error: R_X86_64_8 to high: the value -0x81 does not fit
