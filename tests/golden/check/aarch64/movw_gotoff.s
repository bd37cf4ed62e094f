# R_AARCH64_MOVW_GOTOFF_G0..G3: 16 bits of G - GOT.
# arch: aarch64
# define: ext = 0x7f0000001000
# define: other = 0x7f0000002000
	.text
	.p2align 4
	.globl	f
f:	movz	x1, #0, lsl #16
	.reloc	f, R_AARCH64_MOVW_GOTOFF_G1, other
	movk	x1, #0
	.reloc	f + 4, R_AARCH64_MOVW_GOTOFF_G0_NC, other
	movz	x2, #0
	.reloc	f + 8, R_AARCH64_MOVW_GOTOFF_G0, ext
# check: (*{4}f)[20:5] = 0
# check: (*{4}(f + 4))[20:5] = got_addr(other) - section_addr($__GOT)
# check: (*{4}(f + 8))[20:5] = got_addr(ext) - section_addr($__GOT)
# check: *{8}got_addr(other) = other
# check: *{8}got_addr(ext) = ext
