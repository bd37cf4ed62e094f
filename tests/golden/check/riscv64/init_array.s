# Constructors by rising priority, those without one last.
# arch: riscv64
	.option	norelax
	.text
	.globl	one, two
one:	ret
two:	ret
	.section .init_array,"aw",@init_array
	.quad	two
	.section .init_array.101,"aw",@init_array
	.quad	one
# check: *{8}section_addr(.init_array.101) = one
# check: *{8}section_addr(.init_array) = two
# check: section_addr(.init_array) = section_addr(.init_array.101) + 8
