# Constructors by rising priority, those without one last.
# arch: aarch64
	.text
	.globl	one, two
one:	ret
two:	ret
	.section .init_array,"aw",@init_array
	.xword	two
	.section .init_array.101,"aw",@init_array
	.xword	one
# check: *{8}section_addr(.init_array.101) = one
# check: *{8}section_addr(.init_array) = two
# check: section_addr(.init_array) = section_addr(.init_array.101) + 8
