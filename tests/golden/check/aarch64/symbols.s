# Symbols as on other architectures: local, hidden, weak, common, absolute, aliases; mapping symbols mean nothing.
# arch: aarch64
# part: a
	.text
	.weak	soft
	.globl	fa, alias
	nop
same:	ret
soft:	ret
	.xword	0x1122334455667788      // $d, then $x
fa:	bl	same
	bl	soft
	bl	inner
	movz	x0, #:abs_g0:port
	.set	alias, fa
	.hidden	inner
	.comm	counter, 4, 64
# part: b
	.text
	.globl	soft, inner, fb
	.hidden	inner
	nop
	nop
same:	ret
soft:	ret
inner:	ret
fb:	bl	same
	bl	alias
	adrp	x0, counter
	ldr	w0, [x0, :lo12:counter]
	.globl	port
	.set	port, 0x3f8
	.comm	counter, 8, 4
# check: decode_operand(fa, 0) = section_addr(a, .text) + 4
# check: decode_operand(fa + 4, 0) = soft
# check: soft = section_addr(b, .text) + 12
# check: decode_operand(fa + 8, 0) = inner
# check: *{4}(fa + 12) = 0xd2807f00
# check: decode_operand(fb, 0) = section_addr(b, .text) + 8
# check: decode_operand(fb + 4, 0) = fa
# check: counter & 63 = 0
# check: sizeof(counter) = 8
# check: decode_operand(fb + 8, 1) = (counter[63:12]) << 12
# check: decode_operand(fb + 12, 1) = counter[11:0]
