# All undefined symbols at once, each with who refers to it.
# arch: x86_64
	.text
	.globl	f, g
	.type	f, @function
	.type	g, @function
f:	call	nowhere
	ret
g:	call	nowhere
	jmp	neither
# error: 2 undefined symbols:\n  neither \(referred to by g\)\n  nowhere \(referred to by f, g\)
# case: one is defined
# define: nowhere = 0x1000
# error: 1 undefined symbol:\n  neither
