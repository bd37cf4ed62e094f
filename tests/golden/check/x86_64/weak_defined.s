# A strong definition wins over weak ones, wherever it stands; of weak ones the first wins, also for its own object.
# arch: x86_64
# part: a
	.text
	.weak	both, strong
	.globl	fa
both:	ret
	.p2align 4
strong:	ret
	.p2align 4
fa:	call	both
	call	strong
	ret
# part: b
	.text
	.weak	both
	.globl	strong, fb
both:	ret
	.p2align 4
strong:	ret
	.p2align 4
fb:	call	both
	call	strong
	ret
	.data
	.globl	table
table:	.quad	both, strong
# check: both = section_addr(a, .text)
# check: strong = section_addr(b, .text) + 16
# check: decode_operand(fa, 0) = both
# check: decode_operand(fa + 5, 0) = strong
# check: decode_operand(fb, 0) = section_addr(a, .text)
# check: decode_operand(fb + 5, 0) = strong
# check: *{8}table = both
# check: *{8}(table + 8) = strong
