# Thread-local variables: refused, and the message names the relocations.
# arch: x86_64
	.text
	.globl	f
f:	movq	%fs:ext@TPOFF, %rax
	movq	ext@GOTTPOFF(%rip), %rcx
	leaq	ext@TLSGD(%rip), %rdi
	leaq	ext@TLSLD(%rip), %rdi
	leaq	ext@DTPOFF(%rax), %rax
	ret
# error: thread-local
