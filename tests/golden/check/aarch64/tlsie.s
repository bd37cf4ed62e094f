# The same by the GOT.
# arch: aarch64
	.text
	.globl	f
f:	adrp	x0, :gottprel:ext
	ldr	x0, [x0, :gottprel_lo12:ext]
	ret
# error: thread-local
