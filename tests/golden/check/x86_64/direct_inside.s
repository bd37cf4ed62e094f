# The address of a place inside of something far is no function's, so no stub will do.
# arch: x86_64
# define: ext = 0x7f0000000000
	.text
	.globl	f
f:	movl	$ext + 8, %edi
	ret
# error: R_X86_64_32 to ext: the value 0x7f0000000008 does not fit
# case: near
# define: ext = 0x20000000
# check: *{4}(f + 1) = 0x20000008
