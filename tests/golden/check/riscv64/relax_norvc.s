# Where no compressed instruction may be, a tail call becomes a jal of 4 bytes, and nops that go are of 4.
# arch: riscv64
# flags: -march=rv64g
	.text
	.globl	f, g
	.type	f, @function
f:	tail	g
	.p2align 4
g:	call	f
	ret
	.size	f, . - f
# check: decode_operand(f, 0) = g - f
# check: next_pc(f) = f + 4
# check: g = f + 16
# check: *{4}(f + 4) = 0x13
# check: *{4}(f + 12) = 0x13
# check: decode_operand(g, 0) = f - g
# check: *{4}(g + 4) = 0x8067
# check: sizeof(f) = 24
