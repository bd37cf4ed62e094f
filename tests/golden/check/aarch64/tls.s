# Thread-local variables: refused, and the message names the relocations.
# arch: aarch64
	.text
	.globl	f
f:	mrs	x0, TPIDR_EL0
	add	x0, x0, :tprel_hi12:ext
	add	x0, x0, :tprel_lo12_nc:ext
	ret
# error: thread-local
