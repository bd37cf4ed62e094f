# The same for what others define: the upper bits are added by another instruction, so a stub will not do.
# arch: aarch64
# define: ext = 0x7f1210003123
	.text
	.p2align 4
	.globl	f
f:	adrp	x5, :pg_hi21_nc:ext
	movk	x5, #:abs_g2_nc:ext
	add	x5, x5, :lo12:ext
# check: (*{4}f)[23:5] = (ext - f)[32:14]
# check: (*{4}f)[30:29] = (ext - f)[13:12]
# check: (*{4}(f + 4))[20:5] = 0x7f12
# check: decode_operand(f + 8, 2) = 0x123
# xfail: the page of a stub is taken, with the upper bits of ext
