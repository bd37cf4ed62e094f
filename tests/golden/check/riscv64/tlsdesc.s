# The same by descriptors.
# arch: riscv64
	.option	norelax
	.text
	.globl	f
f:	auipc	a0, %tlsdesc_hi(ext)
	ld	a1, %tlsdesc_load_lo(f)(a0)
	addi	a0, a0, %tlsdesc_add_lo(f)
	jalr	t0, 0(a1), %tlsdesc_call(f)
	ret
# error: thread-local
