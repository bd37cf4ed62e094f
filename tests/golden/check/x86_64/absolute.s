# Absolute symbols are their value, wherever code and data lie.
# arch: x86_64
# part: a
	.globl	port, minus, high
	.set	port, 0x3f8
	.set	minus, -2
	.set	high, 0x123456789abcdef0
	.set	own, 0x77
# part: b
	.text
	.globl	f
f:	movl	$port, %eax
	movw	$port, %dx
	movq	$minus, %rax
	movabsq	$high, %rax
	ret
	.data
	.globl	table
table:	.quad	port, minus, high + 1
	.byte	port - 0x3f0
	.byte	0
	.short	port
	.long	port
	.quad	port - .
# check: port = 0x3f8
# check: *{4}(f + 1) = 0x3f8
# check: *{2}(f + 7) = 0x3f8
# check: *{4s}(f + 12) = -2
# check: *{8}(f + 18) = high
# check: *{8}table = 0x3f8
# check: *{8s}(table + 8) = -2
# check: *{8}(table + 16) = 0x123456789abcdef1
# check: *{1}(table + 24) = 8
# check: *{2}(table + 26) = port
# check: *{4}(table + 28) = port
# check: *{8}(table + 32) = port - (table + 32)
# case: elsewhere
# slab: 0x7f0000000000
# check: *{8}table = 0x3f8
# check: *{8}(table + 32) = port - (table + 32)
