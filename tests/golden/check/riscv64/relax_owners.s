# Sections that shrink: what refers into their middle, from others and by section and offset, follows.
# arch: riscv64
# part: a owner 1
	.text
	.globl	fa, ga
	call	ga
fa:	call	ga
.Linside:
	nop
ga:	ret
	.data
	.globl	ta
ta:	.quad	.Linside, fa
	.word	.Linside - fa
# part: b owner 1
	.text
	.globl	fb
fb:	call	fa
	tail	ga
	.data
	.globl	tb
tb:	.quad	ga, fb
# check: fa = section_addr(a, .text) + 4
# check: decode_operand(fa, 0) = ga - fa
# check: *{8}ta = fa + 4
# check: *{8}(ta + 8) = fa
# check: *{4}(ta + 16) = 4
# check: ga = fa + 6
# check: *{2}ga = 0x8082
# check: *{8}tb = ga
# check: *{8}(tb + 8) = fb
# check: next_pc(fb) + decode_operand(fb, 0) - (next_pc(fb) - fb) = fa
# case: not asked for
# roots: fa
# check: defined(fb) = 0
# check: decode_operand(fa, 0) = ga - fa
