# R_AARCH64_LD64_GOTOFF_LO15: (G - GOT)[14:3] in bits 21:10.
# arch: aarch64
# define: ext = 0x7f0000001000
# define: other = 0x7f0000002000
	.text
	.p2align 4
	.globl	f
f:	ldr	x5, [x6]
	.reloc	f, R_AARCH64_LD64_GOTOFF_LO15, ext
	ldr	x7, [x8]
	.reloc	f + 4, R_AARCH64_LD64_GOTOFF_LO15, other
# check: decode_operand(f, 1) = got_addr(ext) - section_addr($__GOT)
# check: decode_operand(f + 4, 1) = got_addr(other) - section_addr($__GOT)
# check: got_addr(ext) != got_addr(other)
# check: *{8}got_addr(other) = other
