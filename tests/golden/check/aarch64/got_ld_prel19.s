# R_AARCH64_GOT_LD_PREL19: (G - P)[20:2] in bits 23:5 (the tiny code model), -2**20 <= X < 2**20.
# arch: aarch64
# define: ext = 0x7f0000001000
	.text
	.p2align 4
	.globl	f
f:	ldr	x5, :got:ext
	ret
# check: decode_operand(f, 1) = got_addr(ext)
# check: (*{4}f)[23:5] = (got_addr(ext) - f)[20:2]
# check: (*{4}f)[4:0] = 5
# check: *{8}got_addr(ext) = ext
# case: the farthest
# slab: readonly 0x100ffff0
# check: got_addr(ext) = 0x100ffff0
# check: decode_operand(f, 1) = got_addr(ext)
# case: beyond
# slab: readonly 0x10100000
# error: R_AARCH64_GOT_LD_PREL19 to GOT entry of ext: the value 0x100000 does not fit
