# R_AARCH64_NONE does nothing, not even want its symbol defined.
# arch: aarch64
	.text
	.globl	f
f:	ret
	.reloc	f, R_AARCH64_NONE, nowhere
# check: *{4}f = 0xd65f03c0
# check: defined(nowhere) = 0
