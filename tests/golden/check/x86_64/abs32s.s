# R_X86_64_32S: S + A, which must be what the field is when sign-extended.
# arch: x86_64
# define: low = 0xffffffff80000000
# define: high = 0x7fffffff
	.text
	.globl	f
f:	movq	$low, %rax
	movl	high(%rax), %eax
	movl	array(,%rdi,8), %eax
	cmpq	$f, %rax
	ret

	.data
array:	.quad	0
# check: *{4s}(f + 3) = -0x80000000
# check: *{4s}(next_pc(f) + 2) = 0x7fffffff
# check: decode_operand(next_pc(f), 1) = high
# check: *{4}(next_pc(next_pc(f)) + 3) = array
# check: decode_operand(next_pc(next_pc(next_pc(f))), 1) = f
# case: one too high
# define: high = 0x80000000
# error: R_X86_64_32S to high: the value 0x80000000 does not fit -0x80000000\.\.0x7fffffff
# case: the lowest of what a load has
# define: high = 0xffffffff80000000
# check: *{4s}(next_pc(f) + 2) = -0x80000000
# case: one too low
# define: high = 0xffffffff7fffffff
# error: R_X86_64_32S to high: the value -0x80000001 does not fit
# case: the highest slab that fits
# slab: 0x7fffe000
# check: f = 0x7fffe000
# check: decode_operand(next_pc(next_pc(next_pc(f))), 1) = 0x7fffe000
# case: a slab at 2 GiB
# slab: 0x80000000
# error: R_X86_64_32S to \.data: the value 0x80001000 does not fit
