# Distances between labels, as the assembler leaves them when code may shrink: an ADD and a SUB of one field.
# arch: riscv64
	.text
	.globl	f, g
f:	nop
	call	g
g:	nop
.Lend:	ret
	.section .rodata,"a",@progbits
	.globl	table
table:	.byte	.Lend - f
	.byte	0xaa
	.half	.Lend - f
	.word	g - f
	.quad	f - g
	.word	g - table
	.word	table - f
# check: *{1}table = g + 2 - f
# check: *{1}(table + 1) = 0xaa
# check: *{2}(table + 2) = g + 2 - f
# check: *{4}(table + 4) = g - f
# check: *{8}(table + 8) = f - g
# check: *{4s}(table + 16) = g - table
# check: *{4}(table + 20) = table - f
