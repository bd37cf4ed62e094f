# Data that only the linker writes lies in the read-only zone.
# arch: x86_64
# slab: code 0x10000000
# slab: readonly 0x20000000
# slab: data 0x30000000
	.text
	.globl	f
f:	ret
	.section .data.rel.ro,"aw",@progbits
	.globl	table
table:	.quad	f
	.section .data.rel.ro.local,"aw",@progbits
	.globl	table2
table2:	.quad	table
	.section .init_array,"aw",@init_array
	.quad	f
	.rodata
	.globl	constant
constant:
	.long	f - .
	.data
	.globl	variable
variable:
	.quad	variable
# check: f = 0x10000000
# check: table[63:16] = 0x2000
# check: table2[63:16] = 0x2000
# check: constant[63:16] = 0x2000
# check: section_addr(.init_array)[63:16] = 0x2000
# check: variable = 0x30000000
# check: *{8}table = f
# check: *{8}table2 = table
# check: *{4s}constant = f - constant
# check: *{8}variable = 0x30000000
