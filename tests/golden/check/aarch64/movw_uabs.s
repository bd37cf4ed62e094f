# R_AARCH64_MOVW_UABS_G0..G3: 16 bits of S + A in bits 20:5; those without _NC must hold all that is above them.
# arch: aarch64
# define: ext = 0x123456789abcdef0
# define: small = 0xffff
# define: medium = 0xffffffff
# define: large = 0xffffffffffff
	.text
	.p2align 4
	.globl	f
f:	movz	x1, #:abs_g3:ext
	movk	x1, #:abs_g2_nc:ext
	movk	x1, #:abs_g1_nc:ext
	movk	x1, #:abs_g0_nc:ext
	movz	x2, #:abs_g0:small
	movz	x3, #:abs_g1:medium
	movk	x3, #:abs_g0_nc:medium
	movz	x4, #:abs_g2:large
	movk	x4, #:abs_g1_nc:large
	movz	x5, #:abs_g3:datum
	movk	x5, #:abs_g0_nc:datum + 1
	.data
	.globl	datum
datum:	.xword	0
# check: (*{4}f)[20:5] = 0x1234
# check: *{4}f = 0xd2e24681
# check: (*{4}(f + 4))[20:5] = 0x5678
# check: (*{4}(f + 8))[20:5] = 0x9abc
# check: (*{4}(f + 12))[20:5] = 0xdef0
# check: *{4}(f + 12) = 0xf29bde01
# check: *{4}(f + 16) = 0xd29fffe2
# check: (*{4}(f + 20))[20:5] = 0xffff
# check: (*{4}(f + 24))[20:5] = 0xffff
# check: (*{4}(f + 28))[20:5] = 0xffff
# check: (*{4}(f + 28))[31:21] = 0x696
# check: (*{4}(f + 36))[20:5] = 0
# check: (*{4}(f + 40))[20:5] = (datum + 1)[15:0]
# case: zero
# define: ext = 0
# define: small = 0
# define: medium = 0
# define: large = 0
# check: *{4}f = 0xd2e00001
# check: *{4}(f + 16) = 0xd2800002
# case: G0 too high
# define: small = 0x10000
# error: R_AARCH64_MOVW_UABS_G0 to small: the value 0x10000 does not fit 0x0\.\.0xffff
# case: G1 too high
# define: medium = 0x100000000
# error: R_AARCH64_MOVW_UABS_G1 to medium: the value 0x100000000 does not fit 0x0\.\.0xffffffff
# case: G2 too high
# define: large = 0x1000000000000
# error: R_AARCH64_MOVW_UABS_G2 to large: the value 0x1000000000000 does not fit 0x0\.\.0xffffffffffff
# case: G3 takes all
# define: ext = 0xffffffffffffffff
# check: *{4}f = 0xd2ffffe1
