# R_X86_64_PC32: S + A - P, 32 bits, sign-extended. A is -4 where the field ends the instruction.
# arch: x86_64
# define: var = 0x10002000
	.text
	.globl	f, read, store
f:	leaq	datum(%rip), %rax
	leaq	f(%rip), %rcx
	ret
read:	movl	var(%rip), %eax
	ret
store:	movl	$0x12345678, datum(%rip)
	movb	$1, datum + 3(%rip)
	ret

	.data
	.globl	datum
datum:	.quad	0
	.globl	distance
distance:
	.long	f - .
	.long	datum - . + 4
# check: *{4s}(f + 3) = datum - next_pc(f)
# check: decode_operand(f, 1) = datum - f - 7
# check: decode_operand(f + 7, 1) = 0 - 14
# check: decode_operand(read, 1) = 0x10002000 - next_pc(read)
# check: decode_operand(store, 0) = datum - next_pc(store)
# check: decode_operand(store, 1) = 0x12345678
# check: decode_operand(next_pc(store), 0) = datum + 3 - next_pc(next_pc(store))
# check: *{4s}distance = f - distance
# check: *{4}(distance + 4) = 0xfffffff8
# case: the farthest above
# define: var = 0x90000014
# check: next_pc(read) = 0x10000015
# check: *{4}(read + 2) = 0x7fffffff
# case: beyond the farthest above
# define: var = 0x90000015
# error: \.text\+0x11: R_X86_64_PC32 to var: the value 0x80000000 does not fit -0x80000000\.\.0x7fffffff
# case: the farthest below
# slab: 0x90000000
# define: var = 0x10000015
# check: next_pc(read) = 0x90000015
# check: *{4s}(read + 2) = -0x80000000
# case: beyond the farthest below
# slab: 0x90000000
# define: var = 0x10000014
# error: R_X86_64_PC32 to var: the value -0x80000001 does not fit
# case: data out of reach of code
# slab: data 0x7f0000000000
# error: R_X86_64_PC32 to \.?dat
