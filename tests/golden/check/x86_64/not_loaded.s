# Sections that are not loaded are not linked: debug information may refer to anything, nothing may refer to it.
# arch: x86_64
	.text
	.globl	f
f:	ret
	.section .debug_info,"",@progbits
.Linfo:	.quad	f
	.quad	nowhere
# check: defined(f) = 1
# check: *{1}f = 0xc3
