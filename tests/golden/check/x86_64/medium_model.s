# The medium code model: large data by 64 bits, small data by 32.
# arch: x86_64
	.text
	.globl	f
f:	movabsq	$big, %rax
	movl	$small, %ecx
	movabsq	$big@GOTOFF, %rdx
	ret
	.section .lbss,"awl",@nobits
	.globl	big
	.p2align 5
big:	.zero	0x10000
	.data
	.globl	small
small:	.quad	big + 0x8000
# check: *{8}(f + 2) = big
# check: *{4}(f + 11) = small
# check: *{8}(f + 17) = big - section_addr($__GOT)
# check: *{8}small = big + 0x8000
# check: *{8}(big + 0xfff8) = 0
