# R_RISCV_SET_ULEB128 and SUB_ULEB128: a distance in as many bytes as the assembler left.
# arch: riscv64
# slab: 0x10001990
	.text
	.globl	f, g
f:	nop
	call	g
	.p2align 4
g:	ret
	.section .gcc_except_table,"a",@progbits
	.globl	table
table:	.byte	0xaa
	.uleb128 g - f
	.byte	0xbb
# check: *{1}table = 0xaa
# check: (*{1}(table + 1))[6:0] = g - f
# check: *{1}(table + 1) = g - f
# check: *{1}(table + 2) = 0xbb
