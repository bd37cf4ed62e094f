# Common symbols: the largest size and the strictest alignment of all; a definition wins over them.
# arch: x86_64
# part: a
	.text
	.globl	f
f:	movl	counter(%rip), %eax
	movl	defined_elsewhere(%rip), %eax
	movl	own(%rip), %eax
	ret
	.comm	counter, 4, 64
	.comm	defined_elsewhere, 4, 4
	.lcomm	own, 12
	.data
	.globl	small
small:	.byte	1
# part: b
	.comm	counter, 40, 8
	.data
	.globl	defined_elsewhere, table
table:	.quad	counter, counter + 36
defined_elsewhere:
	.long	7
# check: sizeof(counter) = 0x28
# check: counter & 63 = 0
# check: decode_operand(f, 1) = counter - next_pc(f)
# check: decode_operand(f + 6, 1) = defined_elsewhere - next_pc(f + 6)
# check: decode_operand(f + 12, 1) = own - next_pc(f + 12)
# check: *{8}table = counter
# check: *{8}(table + 8) = counter + 36
# check: defined_elsewhere = table + 16
# check: *{4}defined_elsewhere = 7
# check: *{8}counter = 0
# check: *{8}(counter + 32) = 0
# check: *{8}own = 0
# check: small < counter
