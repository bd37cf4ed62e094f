# __start_NAME and __stop_NAME, by pages and by words.
# arch: aarch64
# roots: f
	.section entries,"a",@progbits
	.p2align 3
	.xword	1, 2, 3
	.text
	.globl	f
f:	adrp	x0, __start_entries
	add	x0, x0, :lo12:__start_entries
	adrp	x1, __stop_entries
	add	x1, x1, :lo12:__stop_entries
	ret
# check: decode_operand(f, 1) = (section_addr(entries)[63:12]) << 12
# check: decode_operand(f + 4, 2) = section_addr(entries)[11:0]
# check: decode_operand(f + 12, 2) = (section_addr(entries) + 24)[11:0]
# check: *{8}(section_addr(entries) + 16) = 3
