# GOTPCRELX and REX_GOTPCRELX of what is near need no entry: mov becomes lea, call and jmp go there directly.
# arch: x86_64
# define: ext = 0x20000000
	.text
	.p2align 4
	.globl	f, g, h
f:	movq	g@GOTPCREL(%rip), %rax
	movq	datum@GOTPCREL(%rip), %r15
	movl	datum@GOTPCREL(%rip), %ecx
	call	*g@GOTPCREL(%rip)
	call	*ext@GOTPCREL(%rip)
	ret
g:	jmp	*f@GOTPCREL(%rip)
h:	movq	g@GOTPCREL(%rip), %rbx
	cmpq	%rbx, g@GOTPCREL(%rip)
	.data
	.globl	datum
datum:	.quad	0
# check: *{2}f = 0x8d48
# check: decode_operand(f, 1) = g - next_pc(f)
# check: *{2}(f + 7) = 0x8d4c
# check: decode_operand(f + 7, 1) = datum - next_pc(f + 7)
# check: *{1}(f + 14) = 0x8d
# check: decode_operand(f + 14, 1) = datum - next_pc(f + 14)
# check: decode_operand(f + 20, 0) = g
# check: next_pc(f + 20) = f + 26
# check: decode_operand(f + 26, 0) = ext
# check: decode_operand(g, 0) = f
# check: *{1}(g + 5) = 0x90
# check: h = g + 6
# check: decode_operand(h, 1) = g - next_pc(h)
# check: decode_operand(h + 7, 0) = got_addr(g) - (h + 14)
# check: *{8}got_addr(g) = g
# case: one of them far away
# define: ext = 0x7f0000000000
# check: decode_operand(f + 20, 0) = g
# check: decode_operand(f + 26, 0) = got_addr(ext) - (f + 32)
# check: *{8}got_addr(ext) = ext
# case: the farthest
# define: ext = 0x9000001e
# check: next_pc(f + 26) = 0x10000020
# check: decode_operand(f + 26, 0) = ext
# case: beyond the farthest
# define: ext = 0x90000020
# check: decode_operand(f + 26, 0) = got_addr(ext) - (f + 32)
# case: data out of reach
# slab: data 0x7f0000000000
# check: *{2}f = 0x8d48
# check: *{2}(f + 7) = 0x8b4c
# check: decode_operand(f + 7, 1) = got_addr(datum) - next_pc(f + 7)
# check: *{8}got_addr(datum) = datum
