# Several names of one place; a weak name gives way though what it stands for does not.
# arch: x86_64
# part: a
	.text
	.globl	f, alias
	.weak	soft
	.set	alias, f
	.set	soft, f
f:	ret
	nop
	.set	inside, f + 1
	.globl	inside
	.globl	use
use:	call	alias
	call	soft
	call	inside
# part: b
	.text
	.globl	soft
soft:	ret
# check: alias = f
# check: inside = f + 1
# check: soft = section_addr(b, .text)
# check: decode_operand(use, 0) = f
# check: decode_operand(use + 5, 0) = soft
# check: decode_operand(use + 10, 0) = f + 1
