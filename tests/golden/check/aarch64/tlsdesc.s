# The same by descriptors.
# arch: aarch64
	.text
	.globl	f
f:	adrp	x0, :tlsdesc:ext
	ldr	x1, [x0, :tlsdesc_lo12:ext]
	add	x0, x0, :tlsdesc_lo12:ext
	.tlsdesccall ext
	blr	x1
	ret
# error: thread-local
