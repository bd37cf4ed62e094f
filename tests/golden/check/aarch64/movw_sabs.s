# R_AARCH64_MOVW_SABS_G0..G2: as UABS, with a sign: of a negative value the instruction becomes movn, of ~X.
# arch: aarch64
# define: g0 = 0xffff
# define: g1 = 0xffffffff
# define: g2 = 0xffffffffffff
	.text
	.p2align 4
	.globl	f
f:	movz	x1, #:abs_g0_s:g0
	movz	x2, #:abs_g1_s:g1
	movz	x3, #:abs_g2_s:g2
	movn	x4, #:abs_g0_s:g0
# check: *{4}f = 0xd29fffe1
# check: *{4}(f + 4) = 0xd2bfffe2
# check: *{4}(f + 8) = 0xd2dfffe3
# check: *{4}(f + 12) = 0xd29fffe4
# case: minus one
# define: g0 = 0xffffffffffffffff
# define: g1 = 0xffffffffffffffff
# define: g2 = 0xffffffffffffffff
# check: *{4}f = 0x92800001
# check: *{4}(f + 4) = 0x92a00002
# check: *{4}(f + 8) = 0x92c00003
# check: *{4}(f + 12) = 0x92800004
# case: the lowest
# define: g0 = 0xffffffffffff0000
# define: g1 = 0xffffffff00000000
# define: g2 = 0xffff000000000000
# check: *{4}f = 0x929fffe1
# check: *{4}(f + 4) = 0x92bfffe2
# check: *{4}(f + 8) = 0x92dfffe3
# case: G0 too high
# define: g0 = 0x10000
# error: R_AARCH64_MOVW_SABS_G0 to g0: the value 0x10000 does not fit -0x10000\.\.0xffff
# case: G0 too low
# define: g0 = 0xfffffffffffeffff
# error: R_AARCH64_MOVW_SABS_G0 to g0: the value -0x10001 does not fit
# case: G1 too high
# define: g1 = 0x100000000
# error: R_AARCH64_MOVW_SABS_G1 to g1
# case: G2 too low
# define: g2 = 0xfffeffffffffffff
# error: R_AARCH64_MOVW_SABS_G2 to g2
