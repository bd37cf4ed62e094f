# R_RISCV_JAL: S + A - P, bits 20, 10:1, 11, 19:12 in 31, 30:21, 20, 19:12; -2**20 <= X < 2**20, even; beyond, a stub.
# arch: riscv64
# define: ext = 0x100ffffe
	.option	norelax
	.option	norvc
	.text
	.p2align 4
	.globl	f, g
f:	jal	ra, ext
	jal	t0, ext
	j	g
	jal	ra, f
	.reloc	f + 12, R_RISCV_JAL, f
g:	ret
	.globl	h
h:	jal	a0, datum
	.data
	.globl	datum
datum:	.quad	0
# check: f = 0x10000000
# check: decode_operand(f, 0) = 0xffffe
# check: (*{4}f)[31:31] = 0
# check: (*{4}f)[30:21] = 0x3ff
# check: (*{4}f)[20:20] = 1
# check: (*{4}f)[19:12] = 0xff
# check: (*{4}f)[11:0] = 0xef
# check: (*{4}(f + 4))[11:0] = 0x2ef
# check: decode_operand(f + 4, 1) = ext - f - 4
# check: decode_operand(f + 8, 0) = 8
# check: decode_operand(f + 12, 0) = 0 - 12
# case: a stub above
# define: ext = 0x10100000
# check: decode_operand(f, 0) = stub_addr(ext) - f
# check: decode_operand(f + 4, 1) = ext - f - 4
# check: *{8}got_addr(ext) = ext
# case: too high for what needs no stub
# slab: data 0x10100020
# error: \.text\+0x14: R_RISCV_JAL to datum: the value 0x10000c does not fit -0x100000\.\.
# case: the lowest
# define: ext = 0xff00004
# check: *{4}(f + 4) = 0x800002ef
# check: decode_operand(f, 0) = ext - f
# case: too low
# slab: data 0xff00010
# error: \.text\+0x14: R_RISCV_JAL to datum: the value -0x100004 does not fit
# case: bit 11 alone
# define: ext = 0x10000800
# check: *{4}f = 0x001000ef
# case: bit 12 alone
# define: ext = 0x10001000
# check: *{4}f = 0x000010ef
# case: odd
# define: ext = 0x10000101
# error: R_RISCV_JAL to ext: .*0x101
