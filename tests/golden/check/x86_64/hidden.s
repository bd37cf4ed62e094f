# Hidden and protected symbols are as others within a link; another object of it may use them.
# arch: x86_64
# part: a
	.text
	.globl	f
f:	call	inner
	jmp	guarded
	.hidden	inner
# part: b
	.text
	.globl	inner, guarded
	.hidden	inner
	.protected guarded
inner:	ret
guarded:
	ret
# check: decode_operand(f, 0) = inner
# check: decode_operand(f + 5, 0) = guarded
