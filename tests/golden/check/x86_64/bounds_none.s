# Of a section that nobody has there are no bounds; weak ones are 0.
# arch: x86_64
	.text
	.globl	f
	.weak	__start_nothing
f:	movq	$__start_nothing, %rax
	movabsq	$__stop_nothing, %rax
	ret
# error: __stop_nothing
# case: weak
# define: __stop_nothing = 1
# check: *{4}(f + 3) = 0
