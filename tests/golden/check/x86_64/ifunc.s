# A function that is chosen when it goes live: its name is a stub's, which jumps through an entry: the choice, 0 until it
# is made, and who makes it.
# arch: x86_64
	.text
	.globl	chosen, f
	.type	chosen, @gnu_indirect_function
chosen:	ret
f:	call	chosen
	ret
	.data
	.globl	table
table:	.quad	chosen
# check: *{2}chosen = 0x25ff
# check: *{8}(next_pc(chosen) + decode_operand(chosen, 0)) = 0
# check: *{8}(next_pc(chosen) + decode_operand(chosen, 0) + 8) = f - 1
# check: decode_operand(f, 0) = chosen
# check: *{8}table = chosen
