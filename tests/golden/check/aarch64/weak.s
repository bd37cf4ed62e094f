# A weak symbol that nobody defines: 0 as an address; a branch to it goes to the next instruction.
# arch: aarch64
	.weak	hook
	.text
	.globl	f
f:	bl	hook
	adrp	x0, :got:hook
	nop
	ldr	x0, [x0, :got_lo12:hook]
	movz	x1, #:abs_g3:hook
	.data
	.globl	table
table:	.xword	hook
	.xword	hook + 8
	.word	hook
# check: hook = 0
# check: *{8}got_addr(hook) = 0
# check: *{8}table = 0
# check: *{8}(table + 8) = 8
# check: *{4}(table + 16) = 0
# check: *{4}(f + 16) = 0xd2e00001
# case: defined outside
# define: hook = 0x10100000
# check: decode_operand(f, 0) = hook
# check: *{8}got_addr(hook) = hook
# check: *{8}table = hook
