# AAELF64, "Weak references": a branch to a weak symbol that nobody defines goes to the next instruction.
# arch: aarch64
	.weak	hook
	.text
	.globl	f
f:	bl	hook
	cbz	x0, hook
	ret
# check: decode_operand(f, 0) = f + 4
# check: decode_operand(f + 4, 1) = f + 8
# xfail: it goes to a stub, and from there to 0
