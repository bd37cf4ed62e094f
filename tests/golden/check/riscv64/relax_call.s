# R_RISCV_RELAX: a call may become jal or c.j; then what follows moves up, and everything that knows a label with it.
# arch: riscv64
# define: ext = 0x10080000
	.text
	.globl	f, g, h
	.type	f, @function
f:	call	g
	tail	h
	call	ext
	.size	f, . - f
g:	nop
	ret
h:	la	a0, g
	ret
	.data
	.globl	table
table:	.quad	f, g, h
	.word	g - f
	.word	h - g
# check: *{8}table = f
# check: *{8}(table + 8) = g
# check: *{8}(table + 16) = h
# check: *{4}(table + 24) = g - f
# check: *{4}(table + 28) = 4
# check: sizeof(f) = g - f
# check: h = g + 4
# check: *{2}g = 1
# check: decode_operand(f, 0) = g - f
# check: next_pc(f) = f + 4
# check: decode_operand(f + 4, 0) = h - f - 4
# check: next_pc(f + 4) = f + 6
# check: decode_operand(f + 6, 0) = ext - (f + 6)
# check: g = f + 10
# case: what lies farther than 1 MiB is jumped to by a stub, which is near
# define: ext = 0x20000000
# check: decode_operand(f + 6, 0) = stub_addr(ext) - (f + 6)
# check: *{8}got_addr(ext) = ext
# check: *{4}(table + 24) = g - f
