# Labels behind calls that shrink: of branches across them, of high halves, at a section's very end.
# arch: riscv64
	.text
	.globl	f, g, hi, last, branch
f:	call	g
branch:	beqz	a0, .Lover
	call	g
	call	g
.Lover:	nop
	call	g
hi:	auipc	a0, %pcrel_hi(datum)
	addi	a0, a0, %pcrel_lo(hi)
	lw	a1, %pcrel_lo(hi)(a0)
g:	ret
last:
	.data
	.globl	datum
datum:	.quad	last, .Lover
	.word	last - f
# check: last = g + 2
# check: section_size(.text) = last - f
# check: branch = f + 4
# check: *{8}datum = last
# check: *{8}(datum + 8) = next_pc(branch) + 8
# check: branch + decode_operand(branch, 1) = next_pc(branch) + 8
# check: *{4}(datum + 16) = last - f
# check: (*{4}hi)[31:12] = (datum - hi + 0x800)[31:12]
# check: (*{4}(hi + 4))[31:20] = (datum - hi)[11:0]
# check: (*{4}(hi + 8))[31:20] = (datum - hi)[11:0]
