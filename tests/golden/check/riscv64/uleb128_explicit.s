# The same by hand: two bytes stay two, also for a small value.
# arch: riscv64
# slab: 0x10001990
	.section .rodata,"a",@progbits
	.globl	table
table:	.byte	0x80, 0x00, 0xaa
	.reloc	table, R_RISCV_SET_ULEB128, table + 300
	.reloc	table, R_RISCV_SUB_ULEB128, table
	.byte	0x80, 0x80, 0x00, 0xbb
	.reloc	table + 3, R_RISCV_SET_ULEB128, table + 5
	.reloc	table + 3, R_RISCV_SUB_ULEB128, table
# check: *{2}table = 0x2ac
# check: *{1}(table + 2) = 0xaa
# check: *{4}(table + 3) = 0xbb008085
