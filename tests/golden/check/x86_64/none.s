# R_X86_64_NONE does nothing, not even keep its symbol alive or want it defined.
# arch: x86_64
# roots: f
	.text
	.globl	f
f:	movl	$0x12345678, %eax
	.reloc	f + 1, R_X86_64_NONE, g
	.reloc	f + 1, R_X86_64_NONE, nowhere
	ret
	.section .text.g,"ax",@progbits
	.globl	g
g:	ret
# check: *{4}(f + 1) = 0x12345678
# check: defined(f) = 1
# check: defined(nowhere) = 0
