# R_AARCH64_GOTREL64 and GOTREL32: S + A - GOT.
# arch: aarch64
# define: ext = 0x7f0000001000
	.text
	.globl	f
f:	ret
	.data
	.globl	table
table:	.xword	0
	.reloc	table, R_AARCH64_GOTREL64, f
	.xword	0
	.reloc	table + 8, R_AARCH64_GOTREL64, ext + 1
	.word	0
	.reloc	table + 16, R_AARCH64_GOTREL32, table
# check: *{8}table = f - section_addr($__GOT)
# check: *{8}(table + 8) = ext + 1 - section_addr($__GOT)
# check: *{4s}(table + 16) = table - section_addr($__GOT)
