# An object's own local symbol comes before another's global one of the same name.
# arch: x86_64
# part: a
	.text
	.globl	same, fa
	nop
same:	ret
fa:	call	same
# part: b
	.text
	.globl	fb
	nop
	nop
	nop
same:	ret
fb:	call	same
# check: same = section_addr(a, .text) + 1
# check: decode_operand(fa, 0) = same
# check: decode_operand(fb, 0) = section_addr(b, .text) + 3
