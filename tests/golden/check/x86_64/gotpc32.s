# R_X86_64_GOTPC32: GOT + A - P, where the GOT is that of the code's owner; it is there though nobody has an entry.
# arch: x86_64
	.text
	.globl	f
f:	leaq	_GLOBAL_OFFSET_TABLE_(%rip), %rbx
	ret
# check: decode_operand(f, 1) = section_addr($__GOT) - next_pc(f)
# check: section_size($__GOT) = 8
# check: *{8}section_addr($__GOT) = 0
# case: out of reach
# slab: readonly 0x7f0000000000
# error: R_X86_64_GOTPC32 .*does not fit
