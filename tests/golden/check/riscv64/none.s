# R_RISCV_NONE does nothing, not even want its symbol defined.
# arch: riscv64
	.option	norelax
	.text
	.globl	f
f:	ret
	.reloc	f, R_RISCV_NONE, nowhere
# check: *{2}f = 0x8082
# check: defined(nowhere) = 0
