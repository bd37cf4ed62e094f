# Undefined symbols, with who refers to them.
# arch: riscv64
	.text
	.globl	f
	.type	f, @function
f:	call	nowhere
	lui	a0, %hi(neither)
	lw	a0, %lo(neither)(a0)
# error: 2 undefined symbols:\n  neither \(referred to by f\)\n  nowhere \(referred to by f\)
