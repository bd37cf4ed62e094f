# Code for the kernel's half of the addresses: 32S reaches it, from the other end.
# arch: x86_64
# slab: 0xffffffff80000000
	.text
	.globl	f
f:	movq	$datum, %rax
	movq	datum(,%rdi,8), %rcx
	leaq	datum(%rip), %rdx
	ret
	.data
	.globl	datum
datum:	.quad	f
# check: f = 0xffffffff80000000
# check: *{4s}(f + 3) = datum
# check: *{4s}(f + 11) = datum
# check: decode_operand(f + 15, 1) = datum - next_pc(f + 15)
# check: *{8}datum = f
# xfail: addresses from 2**63 on are an OverflowError of NumPy's
