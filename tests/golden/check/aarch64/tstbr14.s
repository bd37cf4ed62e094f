# R_AARCH64_TSTBR14: (S + A - P)[15:2] in bits 18:5, -2**15 <= X < 2**15; beyond, a stub.
# arch: aarch64
# define: ext = 0x10007ffc
	.text
	.p2align 4
	.globl	f
f:	tbz	x3, #33, ext
	tbnz	w4, #7, ext
	tbz	w5, #0, datum
	.data
	.globl	datum
datum:	.xword	0
# check: f = 0x10000000
# check: decode_operand(f, 2) = ext
# check: decode_operand(f, 1) = 33
# check: (*{4}f)[18:5] = 0x1fff
# check: (*{4}f)[4:0] = 3
# check: (*{4}f)[31:19] = 0x16c1
# check: decode_operand(f + 4, 2) = ext
# check: decode_operand(f + 4, 1) = 7
# case: a stub above
# define: ext = 0x10008000
# check: decode_operand(f, 2) = stub_addr(ext)
# check: decode_operand(f + 4, 2) = ext
# case: one too high
# slab: data 0x10008010
# error: \.text\+0x8: R_AARCH64_TSTBR14 to datum: the value 0x8008 does not fit -0x8000\.\.
# case: the lowest
# define: ext = 0xfff8004
# check: (*{4}(f + 4))[18:5] = 0x2000
# check: decode_operand(f + 4, 2) = ext
# case: one too low
# slab: data 0xfff8000
# error: \.text\+0x8: R_AARCH64_TSTBR14 to datum: the value -0x8008 does not fit
