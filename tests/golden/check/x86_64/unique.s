# STB_GNU_UNIQUE: one of all; the first.
# arch: x86_64
# part: a
	.data
	.type	only, @gnu_unique_object
only:	.quad	1
# part: b
	.data
	.type	only, @gnu_unique_object
only:	.quad	2
	.globl	table
table:	.quad	only
# check: *{8}only = 1
# check: *{8}table = only
# check: only = section_addr(a, .data)
