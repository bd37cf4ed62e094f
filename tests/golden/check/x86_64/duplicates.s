# Two strong definitions.
# arch: x86_64
# part: a
	.text
	.globl	f
f:	ret
# part: b
	.text
	.globl	f
f:	ret
# error: f \(in a, b\)
