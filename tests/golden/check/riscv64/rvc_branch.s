# R_RISCV_RVC_BRANCH: bits 8, 4:3 in 12, 11:10 and 7:6, 2:1, 5 in 6:5, 4:3, 2; -2**8 <= X < 2**8, even.
# arch: riscv64
# define: ext = 0x100000fe
	.option	norelax
	.text
	.p2align 4
	.globl	f
f:	.half	0xc101                  # c.beqz a0, .
	.reloc	f, R_RISCV_RVC_BRANCH, ext
	.half	0xe181                  # c.bnez a1, .
	.reloc	f + 2, R_RISCV_RVC_BRANCH, ext - 2
# check: f = 0x10000000
# check: *{2}f = 0xcd7d
# check: decode_operand(f, 1) = 0xfe
# check: decode_operand(f + 2, 1) = 0xfa
# case: one step too high
# define: ext = 0x10000100
# error: \.text\+0x0: R_RISCV_RVC_BRANCH to ext: the value 0x100 does not fit -0x100\.\.
# case: the lowest
# define: ext = 0xfffff04
# check: *{2}(f + 2) = 0xf181
# check: decode_operand(f, 1) = -0xfc
# case: one step too low
# define: ext = 0xfffff02
# error: \.text\+0x2: R_RISCV_RVC_BRANCH to ext: the value -0x102 does not fit
# case: each bit alone, 5
# define: ext = 0x10000020
# check: *{2}f = 0xc105
# case: each bit alone, 6
# define: ext = 0x10000040
# check: *{2}f = 0xc121
# case: each bit alone, 3
# define: ext = 0x10000008
# check: *{2}f = 0xc501
