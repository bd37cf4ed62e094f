# Thread-local variables: refused, and the message names the relocations.
# arch: riscv64
	.option	norelax
	.text
	.globl	f
f:	lui	a0, %tprel_hi(ext)
	add	a0, a0, tp, %tprel_add(ext)
	lw	a0, %tprel_lo(ext)(a0)
	ret
# error: thread-local
