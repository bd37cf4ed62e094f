# No page is writable and executable.
# arch: x86_64
	.section .both,"awx",@progbits
	.globl	f
f:	ret
# error: \(\.both\) is writable and executable
