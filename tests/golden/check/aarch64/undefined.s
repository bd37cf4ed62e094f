# Undefined symbols, with who refers to them.
# arch: aarch64
	.text
	.globl	f
	.type	f, %function
f:	bl	nowhere
	adrp	x0, :got:neither
	ldr	x0, [x0, :got_lo12:neither]
# error: 2 undefined symbols:\n  neither \(referred to by f\)\n  nowhere \(referred to by f\)
