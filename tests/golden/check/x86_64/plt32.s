# R_X86_64_PLT32: L + A - P. L is the function itself where that is in reach, else its stub, jmp *entry(%rip).
# arch: x86_64
# define: ext = 0x20000000
	.text
	.p2align 4             # before the stubs, which are aligned to 8
	.globl	f, own, old
f:	call	ext
	jmp	ext
	je	ext
own:	call	f
	call	own + 1
	ret
old:	.byte	0xe8            # as old assemblers: PC32 for a call
	.long	ext - . - 4
	.byte	0x0f, 0x85      # jne
	.long	ext - . - 4
# check: decode_operand(f, 0) = 0x20000000
# check: *{4}(f + 1) = ext - next_pc(f)
# check: decode_operand(f + 5, 0) = ext
# check: decode_operand(f + 10, 0) = ext
# check: decode_operand(own, 0) = f
# check: decode_operand(own + 5, 0) = own + 1
# check: decode_operand(old, 0) = ext
# check: decode_operand(old + 5, 0) = ext
# case: out of reach
# define: ext = 0x7f0000000000
# check: decode_operand(f, 0) = stub_addr(ext)
# check: decode_operand(f + 5, 0) = stub_addr(ext)
# check: decode_operand(f + 10, 0) = stub_addr(ext)
# check: decode_operand(own, 0) = f
# check: decode_operand(old, 0) = stub_addr(ext)
# check: decode_operand(old + 5, 0) = stub_addr(ext)
# check: *{2}stub_addr(ext) = 0x25ff
# check: *{4s}(stub_addr(ext) + 2) = got_addr(ext) - stub_addr(ext) - 6
# check: decode_operand(stub_addr(ext), 0) = got_addr(ext) - next_pc(stub_addr(ext))
# check: *{8}got_addr(ext) = 0x7f0000000000
# check: stub_addr(ext) & 7 = 0
# case: the farthest for the first call
# define: ext = 0x90000004
# check: next_pc(f) = 0x10000005
# check: *{4}(f + 1) = 0x7fffffff
# case: beyond the farthest for the first call, in reach of those behind
# define: ext = 0x90000005
# check: decode_operand(f, 0) = stub_addr(ext)
# check: decode_operand(f + 5, 0) = ext
# check: decode_operand(f + 10, 0) = ext
# case: the farthest below
# slab: 0x90000000
# define: ext = 0x10000005
# check: *{4s}(f + 1) = -0x80000000
# check: decode_operand(f + 5, 0) = stub_addr(ext)
# case: address zero out of reach
# slab: 0x7f0000000000
# define: ext = 0
# check: decode_operand(f, 0) = stub_addr(ext)
# check: *{8}got_addr(ext) = 0
