# R_X86_64_SIZE32 below zero.
# arch: x86_64
	.data
	.globl	array
	.type	array, @object
array:	.zero	4
	.size	array, 4
	.long	0
	.reloc	array + 4, R_X86_64_SIZE32, array - 5
# error: R_X86_64_SIZE32 to array: the value -0x1 does not fit 0x0\.\.0xffffffff
