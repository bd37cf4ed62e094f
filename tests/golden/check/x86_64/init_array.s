# Constructors by rising priority, those without one last; plain .ctors come first, as they are run from behind.
# arch: x86_64
# part: a
	.text
	.globl	one, two, three
one:	ret
two:	ret
three:	ret
	.section .init_array,"aw",@init_array
	.quad	three
	.section .init_array.00200,"aw",@init_array
	.quad	two
# part: b
	.section .init_array.101,"aw",@init_array
	.quad	one
	.section .init_array,"aw",@init_array
	.quad	one
	.quad	two
	.section .fini_array,"aw",@fini_array
	.quad	three
# check: *{8}section_addr(.init_array.101) = one
# check: section_addr(.init_array.00200) = section_addr(.init_array.101) + 8
# check: *{8}section_addr(.init_array.00200) = two
# check: section_addr(a, .init_array) = section_addr(.init_array.101) + 16
# check: *{8}section_addr(a, .init_array) = three
# check: section_addr(b, .init_array) = section_addr(.init_array.101) + 24
# check: *{8}section_addr(b, .init_array) = one
# check: *{8}(section_addr(b, .init_array) + 8) = two
# check: *{8}section_addr(.fini_array) = three
# case: nothing else has to keep them
# roots:
# check: *{8}section_addr(.init_array.101) = one
