# R_X86_64_PC8: S + A - P, 8 bits, sign-extended.
# arch: x86_64
# define: ext = 0x10000081
	.text
	.globl	f
f:	jrcxz	ext
	ret
	.byte	ext - .
# check: f = 0x10000000
# check: decode_operand(f, 0) = ext
# check: *{1}(f + 1) = 0x7f
# check: *{1}(f + 3) = 0x7e
# case: one too high
# define: ext = 0x10000082
# error: \.text\+0x1: R_X86_64_PC8 to ext: the value 0x80 does not fit -0x80\.\.0x7f
# case: the lowest
# define: ext = 0xfffff83
# check: *{1s}(f + 3) = -0x80
# check: *{1s}(f + 1) = -0x7f
# case: one too low
# define: ext = 0xfffff82
# error: \.text\+0x3: R_X86_64_PC8 to ext: the value -0x81 does not fit
