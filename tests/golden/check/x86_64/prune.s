# What no root reaches is not linked: also what only it needs, which may then be undefined.
# arch: x86_64
# roots: f
	.section .text.f,"ax",@progbits
	.globl	f, g, h
f:	call	h
	ret
	.section .text.g,"ax",@progbits
g:	call	nowhere
	ret
	.section .text.h,"ax",@progbits
h:	ret
	.section .retained,"aR",@progbits
	.globl	kept
kept:	.quad	h
	.section .notretained,"a",@progbits
	.globl	dropped
dropped:
	.quad	g
# check: decode_operand(f, 0) = h
# check: defined(f) = 1
# check: defined(h) = 1
# check: defined(g) = 0
# check: defined(dropped) = 0
# check: *{8}kept = h
# case: all of it
# roots: f g
# error: nowhere \(referred to by g\)
