# R_RISCV_GOT32_PCREL: G + A - P in data.
# arch: riscv64
# define: ext = 0x7f0000001000
	.section .rodata,"a",@progbits
	.globl	table
table:	.word	0
	.reloc	table, R_RISCV_GOT32_PCREL, ext
	.word	0
	.reloc	table + 4, R_RISCV_GOT32_PCREL, ext + 4
# check: *{4s}table = got_addr(ext) - table
# check: *{4s}(table + 4) = got_addr(ext) - table
# check: *{8}got_addr(ext) = ext
