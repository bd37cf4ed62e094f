# A reference to debug information from what is loaded.
# arch: x86_64
	.data
	.globl	table
table:	.quad	.Linfo
	.section .debug_info,"",@progbits
.Linfo:	.quad	0
# error: \.data\+0x0 refers to .*, which is in a section that is not loaded
