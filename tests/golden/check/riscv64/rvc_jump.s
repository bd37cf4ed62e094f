# R_RISCV_RVC_JUMP: bits 11, 4, 9:8, 10, 6, 7, 3:1, 5 in 12, 11, 10:9, 8, 7, 6, 5:3, 2; -2**11 <= X < 2**11, even.
# arch: riscv64
# define: ext = 0x100007fe
	.option	norelax
	.text
	.p2align 4
	.globl	f
f:	.half	0xa001                  # c.j .
	.reloc	f, R_RISCV_RVC_JUMP, ext
	.half	0xa001
	.reloc	f + 2, R_RISCV_RVC_JUMP, ext
# check: f = 0x10000000
# check: *{2}f = 0xaffd
# check: decode_operand(f, 0) = 0x7fe
# check: decode_operand(f + 2, 0) = 0x7fc
# case: one step too high
# define: ext = 0x10000800
# error: \.text\+0x0: R_RISCV_RVC_JUMP to ext: the value 0x800 does not fit -0x800\.\.
# case: the lowest
# define: ext = 0xffff802
# check: *{2}(f + 2) = 0xb001
# check: decode_operand(f, 0) = -0x7fe
# case: one step too low
# define: ext = 0xffff800
# error: \.text\+0x2: R_RISCV_RVC_JUMP to ext: the value -0x802 does not fit
# case: each bit alone, 4
# define: ext = 0x10000010
# check: *{2}f = 0xa801
# case: each bit alone, 5
# define: ext = 0x10000020
# check: *{2}f = 0xa005
# case: each bit alone, 6
# define: ext = 0x10000040
# check: *{2}f = 0xa081
# case: each bit alone, 7
# define: ext = 0x10000080
# check: *{2}f = 0xa041
# case: each bit alone, 9
# define: ext = 0x10000200
# check: *{2}f = 0xa401
# case: each bit alone, 10
# define: ext = 0x10000400
# check: *{2}f = 0xa101
