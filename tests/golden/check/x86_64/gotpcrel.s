# R_X86_64_GOTPCREL, GOTPCRELX, REX_GOTPCRELX: G + A - P; one entry for each symbol, which holds its address.
# arch: x86_64
# define: ext = 0x7f0000001000
	.text
	.globl	f, g, plain
f:	movq	ext@GOTPCREL(%rip), %rax        # REX_GOTPCRELX
	movl	ext@GOTPCREL(%rip), %eax        # GOTPCRELX
	call	*ext@GOTPCREL(%rip)             # GOTPCRELX
	jmp	*ext@GOTPCREL(%rip)
g:	cmpq	%rax, g@GOTPCREL(%rip)
	addq	hidden@GOTPCREL(%rip), %rax
	pushq	datum@GOTPCREL(%rip)
	testq	%rax, local@GOTPCREL(%rip)
	ret
plain:	movq	0(%rip), %rax
	.reloc	plain + 3, R_X86_64_GOTPCREL, ext - 4
	movl	$1, 0(%rip)                     # the field is not the end of the instruction
	.reloc	plain + 9, R_X86_64_GOTPCREL, g - 8
	ret
	.hidden	hidden
	.globl	hidden
hidden:	ret
	.data
	.globl	datum
datum:	.quad	0
	.quad	0
local:	.quad	0
	.long	ext@GOTPCREL + 4
# check: decode_operand(f, 1) = got_addr(ext) - next_pc(f)
# check: decode_operand(f + 7, 1) = got_addr(ext) - (f + 13)
# check: decode_operand(f + 13, 0) = got_addr(ext) - (f + 19)
# check: decode_operand(f + 19, 0) = got_addr(ext) - g
# check: *{4s}(g + 3) = got_addr(g) - next_pc(g)
# check: decode_operand(g + 7, 1) = got_addr(hidden) - (g + 14)
# check: decode_operand(g + 14, 0) = got_addr(datum) - (g + 20)
# check: *{4s}(g + 23) = got_addr(local) - (g + 27)
# check: decode_operand(plain, 1) = got_addr(ext) - next_pc(plain)
# check: decode_operand(plain + 7, 0) = got_addr(g) - next_pc(plain + 7)
# check: *{8}got_addr(ext) = 0x7f0000001000
# check: *{8}got_addr(g) = g
# check: *{8}got_addr(hidden) = hidden
# check: *{8}got_addr(datum) = datum
# check: *{8}got_addr(local) = local
# check: *{4s}(local + 8) = got_addr(ext) + 4 - (local + 8)
# check: section_size($__GOT) = 40
# case: GOT out of reach
# slab: readonly 0x7f0000000000
# error: R_X86_64_(REX_)?GOTPCREL.* to GOT entry of .*does not fit
