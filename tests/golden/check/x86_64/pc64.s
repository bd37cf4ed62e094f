# R_X86_64_PC64: S + A - P, 64 bits.
# arch: x86_64
# define: ext = 0x7fffffffffffffff
	.text
	.globl	f
f:	ret
	.section .rodata,"a",@progbits
	.p2align 3
	.globl	far
far:	.quad	f - .
	.quad	ext - .
	.quad	far - . + 24
# check: *{8}far = f - far
# check: *{8}(far + 8) = ext - (far + 8)
# check: *{8}(far + 16) = 8
# case: across the sign
# define: ext = 0x8000000000000000
# check: *{8}(far + 8) = ext - (far + 8)
# case: zones far apart
# slab: readonly 0x7f0000000000
# check: far = 0x7f0000000000
# check: *{8s}far = -0x7efff0000000
