# __start_NAME and __stop_NAME of sections whose names are C identifiers: of all objects of one owner together.
# arch: x86_64
# part: a owner 1
	.section entries,"a",@progbits
	.p2align 3
	.quad	0xa1
	.quad	0xa2
	.text
	.globl	f
f:	leaq	__start_entries(%rip), %rax
	leaq	__stop_entries(%rip), %rcx
	leaq	__start_single(%rip), %rdx
	leaq	__stop_single(%rip), %rsi
	ret
# part: b owner 1
	.section entries,"a",@progbits
	.p2align 3
	.quad	0xb1
	.section single,"aw",@progbits
	.byte	1, 2, 3
	.data
	.globl	table
table:	.quad	__start_entries, __stop_entries
# part: c owner 2
	.section entries,"a",@progbits
	.p2align 3
	.quad	0xc1
	.data
	.globl	others
others:	.quad	__start_entries, __stop_entries
# check: section_addr(b, entries) = section_addr(a, entries) + 16
# check: *{8}section_addr(a, entries) = 0xa1
# check: *{8}section_addr(b, entries) = 0xb1
# check: decode_operand(f, 1) = section_addr(a, entries) - next_pc(f)
# check: decode_operand(f + 7, 1) = section_addr(b, entries) + 8 - next_pc(f + 7)
# check: decode_operand(f + 14, 1) = section_addr(single) - next_pc(f + 14)
# check: decode_operand(f + 21, 1) = section_addr(single) + 3 - next_pc(f + 21)
# check: *{8}table = section_addr(a, entries)
# check: *{8}(table + 8) = section_addr(b, entries) + 8
# check: *{8}others = section_addr(c, entries)
# check: *{8}(others + 8) = section_addr(c, entries) + 8
# case: they keep the sections alive
# roots: f
# check: *{8}section_addr(b, entries) = 0xb1
# check: decode_operand(f + 7, 1) = section_addr(b, entries) + 8 - next_pc(f + 7)
# check: defined(table) = 0
