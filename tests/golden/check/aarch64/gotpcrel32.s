# R_AARCH64_GOTPCREL32: G + A - P in data, -2**31 <= X < 2**31 (relative vtables).
# arch: aarch64
# define: ext = 0x7f0000001000
	.section .rodata,"a",@progbits
	.globl	table
table:	.word	0
	.reloc	table, R_AARCH64_GOTPCREL32, ext
	.word	0
	.reloc	table + 4, R_AARCH64_GOTPCREL32, ext + 4
	.text
	.globl	f
f:	ret
# check: *{4s}table = got_addr(ext) - table
# check: *{4s}(table + 4) = got_addr(ext) + 4 - (table + 4)
# check: *{8}got_addr(ext) = ext
