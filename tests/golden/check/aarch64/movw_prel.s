# R_AARCH64_MOVW_PREL_G0..G3: 16 bits of S + A - P; without _NC the range is checked, and movz becomes movn below zero.
# arch: aarch64
# define: ext = 0x123456789abcdef0
# define: near = 0x1000ffff
	.text
	.p2align 4
	.globl	f
f:	movz	x1, #:prel_g3:ext
	movk	x1, #:prel_g2_nc:ext
	movk	x1, #:prel_g1_nc:ext
	movk	x1, #:prel_g0_nc:ext
	movz	x2, #:prel_g0:near
	movz	x2, #:prel_g1:near
	movz	x2, #:prel_g2:near
# check: (*{4}f)[20:5] = (ext - f)[63:48]
# check: (*{4}(f + 4))[20:5] = (ext - f - 4)[47:32]
# check: (*{4}(f + 8))[20:5] = (ext - f - 8)[31:16]
# check: (*{4}(f + 12))[20:5] = (ext - f - 12)[15:0]
# check: *{4}(f + 16) = 0xd29ffde2
# check: *{4}(f + 20) = 0xd2a00002
# check: *{4}(f + 24) = 0xd2c00002
# case: below
# define: near = 0xfff0010
# check: *{4}(f + 16) = 0x929fffe2
# check: *{4}(f + 20) = 0x92a00022
# check: *{4}(f + 24) = 0x92c00002
# case: G0 too high
# define: near = 0x10010010
# error: R_AARCH64_MOVW_PREL_G0 to near: the value 0x10000 does not fit -0x10000\.\.0xffff
# case: G0 too low
# define: near = 0xfff000f
# error: R_AARCH64_MOVW_PREL_G0 to near: the value -0x10001 does not fit
