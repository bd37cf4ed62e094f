# Differences that the assembler knows need no relocation; those across sections are distances to the field.
# arch: x86_64
	.section .text.f,"ax",@progbits
	.globl	f
f:	nop
.Lend:	ret
	.section .rodata.table,"a",@progbits
	.globl	table
table:	.long	.Lend - f
	.long	.Lend - table
	.long	f - table
# check: *{4}table = 1
# check: *{4s}(table + 4) = f + 1 - table
# check: *{4s}(table + 8) = f - table
