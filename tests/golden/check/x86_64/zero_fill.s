# .bss: zeros behind all content of its segment, aligned; nothing of it is shipped.
# arch: x86_64
	.text
	.globl	f
f:	movl	$1, second(%rip)
	ret
	.bss
	.globl	first, second
	.p2align 6
first:	.zero	100
	.p2align 2
second:	.zero	4
	.data
	.globl	datum
datum:	.quad	first, second
	.byte	0x55
# check: datum < first
# check: first & 63 = 0
# check: second = first + 100
# check: *{8}datum = first
# check: *{8}(datum + 8) = second
# check: *{8}first = 0
# check: *{4}second = 0
# check: decode_operand(f, 0) = second - next_pc(f)
