# R_AARCH64_ADR_PREL_LO21: (S + A - P)[1:0] in bits 30:29, [20:2] in 23:5; -2**20 <= X < 2**20.
# arch: aarch64
# define: ext = 0x100fffff
	.text
	.p2align 4
	.globl	f
f:	adr	x5, ext
	adr	x6, datum + 3
	adr	x7, f
	.data
	.globl	datum
datum:	.xword	0
# check: decode_operand(f, 1) = ext
# check: (*{4}f)[23:5] = 0x3ffff
# check: (*{4}f)[30:29] = 3
# check: (*{4}f)[4:0] = 5
# check: (*{4}f)[31:31] = 0
# check: (*{4}f)[28:24] = 0x10
# check: decode_operand(f + 4, 1) = datum + 3
# check: (*{4}(f + 4))[30:29] = (datum + 3 - f)[1:0]
# check: (*{4}(f + 4))[23:5] = (datum + 3 - f - 4)[20:2]
# check: decode_operand(f + 8, 1) = f
# case: one too high
# define: ext = 0x10100000
# error: R_AARCH64_ADR_PREL_LO21 to ext: the value 0x100000 does not fit -0x100000\.\.0xfffff
# case: the lowest
# define: ext = 0xff00000
# check: decode_operand(f, 1) = ext
# check: (*{4}f)[23:5] = 0x40000
# case: one too low
# define: ext = 0xfefffff
# error: R_AARCH64_ADR_PREL_LO21 to ext: the value -0x100001 does not fit
