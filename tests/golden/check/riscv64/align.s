# R_RISCV_ALIGN: of the nops that the assembler left, as many go that what follows is aligned; labels follow.
# arch: riscv64
	.text
	.globl	f, g, h, end
	.type	f, @function
f:	nop
	.p2align 4
g:	ret
	.size	f, . - f
	.p2align 3
h:	j	g
	nop
	nop
	.p2align 4
end:	ret
	.data
	.globl	table
table:	.quad	f, g, h, end
	.word	end - f
# check: g & 15 = 0
# check: g - f = 16
# check: h & 7 = 0
# check: h = g + 8
# check: end & 15 = 0
# check: sizeof(f) = g + 2 - f
# check: *{2}f = 1
# check: *{2}g = 0x8082
# check: next_pc(h) + (decode_operand(h, 0)) = g + (next_pc(h) - h)
# check: *{2}end = 0x8082
# check: *{8}table = f
# check: *{8}(table + 8) = g
# check: *{8}(table + 16) = h
# check: *{8}(table + 24) = end
# check: *{4}(table + 32) = end - f
