# R_X86_64_SIZE32 and SIZE64: Z + A, the symbol's size.
# arch: x86_64
	.text
	.globl	f, empty
	.type	f, @function
f:	nop
	nop
	ret
	.size	f, . - f
empty:	ret
	.data
	.globl	array
	.type	array, @object
array:	.zero	100
	.size	array, 100
	.globl	sizes
sizes:	.long	f@SIZE
	.long	array@SIZE + 4
	.quad	array@SIZE
	.quad	array@SIZE - 200
	.long	empty@SIZE
	.long	array@SIZE - 100
# check: sizeof(f) = 3
# check: sizeof(array) = 0x64
# check: sizeof(empty) = 0
# check: *{4}sizes = sizeof(f)
# check: *{4}(sizes + 4) = sizeof(array) + 4
# check: *{8}(sizes + 8) = 0x64
# check: *{8s}(sizes + 16) = -0x64
# check: *{8}(sizes + 24) = 0
