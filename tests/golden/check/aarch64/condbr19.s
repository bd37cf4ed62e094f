# R_AARCH64_CONDBR19: (S + A - P)[20:2] in bits 23:5, -2**20 <= X < 2**20. Beyond, what others define has a stub (which
# AAELF64 has for CALL26 and JUMP26 alone).
# arch: aarch64
# define: ext = 0x100ffffc
	.text
	.p2align 4
	.globl	f
f:	b.eq	ext
	cbz	x3, ext
	cbnz	w4, ext - 8
	cbz	w5, datum
	.data
	.globl	datum
datum:	.xword	0
# check: f = 0x10000000
# check: decode_operand(f, 0) = ext
# check: (*{4}f)[23:5] = 0x3ffff
# check: (*{4}f)[4:0] = 0
# check: (*{4}f)[31:24] = 0x54
# check: decode_operand(f + 4, 1) = ext
# check: (*{4}(f + 4))[4:0] = 3
# check: (*{4}(f + 4))[31:24] = 0xb4
# check: decode_operand(f + 8, 1) = ext - 8
# case: a stub above
# define: ext = 0x10100000
# check: decode_operand(f, 0) = stub_addr(ext)
# check: decode_operand(f + 4, 1) = ext
# case: the farthest above without a stub
# slab: data 0x10100000
# check: decode_operand(f + 12, 1) = datum
# case: one too high
# slab: data 0x10100010
# error: \.text\+0xc: R_AARCH64_CONDBR19 to datum: the value 0x100004 does not fit -0x100000\.\.
# case: the lowest
# define: ext = 0xff00010
# check: decode_operand(f + 8, 1) = 0xff00008
# check: (*{4}(f + 8))[23:5] = 0x40000
# check: decode_operand(f, 0) = ext
# case: one too low
# slab: data 0xff00000
# error: \.text\+0xc: R_AARCH64_CONDBR19 to datum: the value -0x10000c does not fit
# case: not on a word
# define: ext = 0x10000001
# error: R_AARCH64_CONDBR19 to ext
