# Symbols as on other architectures: local, hidden, weak, common, absolute, aliases.
# arch: riscv64
# part: a
	.option	norelax
	.option	norvc
	.text
	.weak	soft
	.globl	fa, alias
	nop
same:	ret
soft:	ret
fa:	call	same
	call	soft
	call	inner
	lui	a0, %hi(port)
	addi	a0, a0, %lo(port)
	.set	alias, fa
	.hidden	inner
	.comm	counter, 4, 64
# part: b
	.option	norelax
	.option	norvc
	.text
	.globl	soft, inner, fb
	.hidden	inner
	nop
	nop
same:	ret
soft:	ret
inner:	ret
fb:	call	same
	call	alias
	lui	a0, %hi(counter)
	lw	a0, %lo(counter)(a0)
	.globl	port
	.set	port, 0xff8
	.comm	counter, 8, 4
# check: *{4}fa = 0x97
# check: (*{4}(fa + 4))[31:20] = (section_addr(a, .text) + 4 - fa)[11:0]
# check: (*{4}(fa + 12))[31:20] = (soft - fa - 8)[11:0]
# check: soft = section_addr(b, .text) + 12
# check: (*{4}(fa + 20))[31:20] = (inner - fa - 16)[11:0]
# check: *{4}(fa + 24) = 0x1537
# check: *{4}(fa + 28) = 0xff850513
# check: (*{4}(fb + 4))[31:20] = (section_addr(b, .text) + 8 - fb)[11:0]
# check: (*{4}(fb + 12))[31:20] = (fa - fb - 8)[11:0]
# check: counter & 63 = 0
# check: sizeof(counter) = 8
# check: (*{4}(fb + 16))[31:12] = (counter + 0x800)[31:12]
# check: (*{4}(fb + 20))[31:20] = counter[11:0]
