# A weak symbol that nobody defines is 0; one that somebody defines is that.
# arch: x86_64
	.weak	hook, handler
	.text
	.globl	f
f:	call	hook
	movq	hook@GOTPCREL(%rip), %rax
	movl	$hook, %eax
	movabsq	$hook, %rax
	ret
	.data
	.globl	table
table:	.quad	hook
	.quad	handler + 8
	.long	hook
# check: hook = 0
# check: decode_operand(f, 0) = 0
# check: *{8}got_addr(hook) = 0
# check: *{4}(f + 13) = 0
# check: *{8}(f + 19) = 0
# check: *{8}table = 0
# check: *{8}(table + 8) = 8
# check: *{4}(table + 16) = 0
# case: code above 2 GiB calls it through a stub
# slab: 0x7f0000000000
# check: decode_operand(f, 0) = stub_addr(hook)
# check: *{8}got_addr(hook) = 0
# case: defined outside
# define: hook = 0x20000000
# define: handler = 0x7f0000000000
# check: decode_operand(f, 0) = hook
# check: *{8}got_addr(hook) = 0x20000000
# check: *{8}(table + 8) = 0x7f0000000008
