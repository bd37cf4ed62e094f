# R_AARCH64_PLT32: L + A - P in data, -2**31 <= X < 2**31: the function, or its stub where it is out of reach.
# arch: aarch64
# define: ext = 0x20000000
	.text
	.p2align 4
	.globl	f
f:	ret
	.section .rodata,"a",@progbits
	.globl	table
table:	.word	0
	.reloc	table, R_AARCH64_PLT32, f
	.word	0
	.reloc	table + 4, R_AARCH64_PLT32, ext
# check: *{4s}table = f - table
# check: *{4}(table + 4) = ext - (table + 4)
# case: out of reach
# define: ext = 0x7f0000000000
# check: *{4s}(table + 4) = stub_addr(ext) - (table + 4)
# check: *{8}got_addr(ext) = ext
