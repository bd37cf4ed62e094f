# The same for lea, whose addend is -4 for the thing itself.
# arch: x86_64
# define: ext = 0x7f0000000000
	.text
	.globl	f
f:	leaq	ext + 8(%rip), %rdi
	ret
# error: R_X86_64_PC32 to ext: the value .* does not fit
# case: near
# define: ext = 0x20000000
# check: decode_operand(f, 1) = ext + 8 - next_pc(f)
