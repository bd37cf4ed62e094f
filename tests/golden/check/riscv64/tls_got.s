# The same by the GOT.
# arch: riscv64
	.option	norelax
	.text
	.globl	f
f:	la.tls.ie a0, ext
	la.tls.gd a1, ext
	ret
# error: thread-local
