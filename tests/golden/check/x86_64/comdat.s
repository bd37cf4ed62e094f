# Of COMDAT groups with one name the first stays, with all of its sections; the others' references go to it.
# arch: x86_64
# part: a
	.section .text.twice,"axG",@progbits,twice,comdat
	.weak	twice
twice:	movl	$1, %eax
	leaq	datum(%rip), %rcx
	ret
	.section .rodata.datum,"aG",@progbits,twice,comdat
	.weak	datum
datum:	.quad	0x1111
	.text
	.globl	fa
fa:	call	twice
	ret
# part: b
	.section .text.twice,"axG",@progbits,twice,comdat
	.weak	twice
twice:	movl	$2, %eax
	leaq	datum(%rip), %rcx
	ret
	.section .rodata.datum,"aG",@progbits,twice,comdat
	.weak	datum
datum:	.quad	0x2222
	.text
	.globl	fb
fb:	call	twice
	ret
	.data
	.globl	table
table:	.quad	twice, datum
# check: decode_operand(fa, 0) = twice
# check: decode_operand(fb, 0) = twice
# check: twice = section_addr(a, .text.twice)
# check: *{4}(twice + 1) = 1
# check: decode_operand(twice + 5, 1) = datum - next_pc(twice + 5)
# check: *{8}datum = 0x1111
# check: *{8}table = twice
# check: *{8}(table + 8) = datum
# check: section_addr(.rodata.datum) = datum
