# R_RISCV_BRANCH: S + A - P, bits 12, 10:5 in 31, 30:25 and 4:1, 11 in 11:8, 7; -2**12 <= X < 2**12, even.
# arch: riscv64
# define: ext = 0x10000ffe
	.option	norelax
	.text
	.p2align 4
	.globl	f
f:	.word	0x00b50063              # beq a0, a1, .
	.reloc	f, R_RISCV_BRANCH, ext
	.word	0x00c59063              # bne a1, a2, .
	.reloc	f + 4, R_RISCV_BRANCH, f
	.word	0xfeb57ee3              # bgeu a0, a1, .-4: what is in the field does not count
	.reloc	f + 8, R_RISCV_BRANCH, g + 8
	.word	0x00058063              # beqz a1, .
	.reloc	f + 12, R_RISCV_BRANCH, ext - 0x14
	.globl	g
g:	ret
# check: f = 0x10000000
# check: decode_operand(f, 2) = 0xffe
# check: (*{4}f)[31:31] = 0
# check: (*{4}f)[30:25] = 0x3f
# check: (*{4}f)[11:8] = 15
# check: (*{4}f)[7:7] = 1
# check: (*{4}f)[24:12] = 0xb50
# check: (*{4}f)[6:0] = 0x63
# check: decode_operand(f + 4, 2) = -4
# check: *{4}(f + 4) = 0xfec59ee3
# check: decode_operand(f + 8, 2) = g - f
# check: (*{4}(f + 8))[24:12] = 0xb57
# check: decode_operand(f + 12, 1) = ext - 0x14 - (f + 12)
# case: one step too high
# define: ext = 0x10001000
# error: \.text\+0x0: R_RISCV_BRANCH to ext: the value 0x1000 does not fit -0x1000\.\.
# case: the lowest
# define: ext = 0xffff020
# check: *{4}(f + 12) = 0x80058063
# check: decode_operand(f + 12, 1) = -0x1000
# case: one step too low
# define: ext = 0xffff01e
# error: \.text\+0xc: R_RISCV_BRANCH to ext: the value -0x1002 does not fit
# case: odd
# define: ext = 0x10000101
# error: R_RISCV_BRANCH to ext: .*0x101
