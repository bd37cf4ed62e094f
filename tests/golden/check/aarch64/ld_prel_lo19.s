# R_AARCH64_LD_PREL_LO19: (S + A - P)[20:2] in bits 23:5, -2**20 <= X < 2**20.
# arch: aarch64
# define: ext = 0x100ffffc
	.text
	.p2align 4
	.globl	f
f:	ldr	x5, ext
	ldrsw	x6, datum
	ldr	q7, datum
	ldr	w8, datum + 4
	.data
	.globl	datum
datum:	.xword	0
# check: decode_operand(f, 1) = ext
# check: (*{4}f)[23:5] = 0x3ffff
# check: (*{4}f)[4:0] = 5
# check: (*{4}f)[31:24] = 0x58
# check: decode_operand(f + 4, 1) = datum
# check: (*{4}(f + 4))[31:24] = 0x98
# check: decode_operand(f + 8, 1) = datum
# check: decode_operand(f + 12, 1) = datum + 4
# check: (*{4}(f + 12))[4:0] = 8
# case: one too high
# define: ext = 0x10100000
# error: R_AARCH64_LD_PREL_LO19 to ext: the value 0x100000 does not fit
# case: the lowest
# define: ext = 0xff00000
# check: (*{4}f)[23:5] = 0x40000
# case: one too low
# define: ext = 0xfeffffc
# error: R_AARCH64_LD_PREL_LO19 to ext: the value -0x100004 does not fit
# case: not on a word
# define: ext = 0x10000006
# error: R_AARCH64_LD_PREL_LO19 to ext
