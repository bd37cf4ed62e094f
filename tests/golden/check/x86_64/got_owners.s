# Each owner has GOT entries and stubs of its own, so that it can be freed alone; objects of one owner share them.
# arch: x86_64
# define: ext = 0x7f0000000000
# part: a owner 1
	.text
	.globl	fa
fa:	call	ext
	addq	shared@GOTPCREL(%rip), %rax
	leaq	_GLOBAL_OFFSET_TABLE_(%rip), %rbx
	ret
# part: b owner 1
	.text
	.globl	fb
fb:	call	ext
	addq	shared@GOTPCREL(%rip), %rax
	ret
# part: c owner 2
	.text
	.globl	fc, shared
fc:	call	ext
	addq	shared@GOTPCREL(%rip), %rax
	leaq	_GLOBAL_OFFSET_TABLE_(%rip), %rbx
	ret
shared:	ret
# check: decode_operand(fa, 0) = stub_addr(a, ext)
# check: decode_operand(fb, 0) = stub_addr(a, ext)
# check: decode_operand(fc, 0) = stub_addr(c, ext)
# check: stub_addr(a, ext) = stub_addr(b, ext)
# check: stub_addr(a, ext) != stub_addr(c, ext)
# check: decode_operand(fa + 5, 1) = got_addr(a, shared) - next_pc(fa + 5)
# check: decode_operand(fb + 5, 1) = got_addr(b, shared) - next_pc(fb + 5)
# check: decode_operand(fc + 5, 1) = got_addr(c, shared) - next_pc(fc + 5)
# check: got_addr(a, shared) != got_addr(c, shared)
# check: *{8}got_addr(a, shared) = shared
# check: *{8}got_addr(c, shared) = shared
# check: *{8}got_addr(a, ext) = ext
# check: *{8}got_addr(c, ext) = ext
# check: decode_operand(stub_addr(a, ext), 0) = got_addr(a, ext) - next_pc(stub_addr(a, ext))
# check: decode_operand(stub_addr(c, ext), 0) = got_addr(c, ext) - next_pc(stub_addr(c, ext))
# check: decode_operand(fa + 12, 1) = section_addr(a, $__GOT) - next_pc(fa + 12)
# check: decode_operand(fc + 12, 1) = section_addr(c, $__GOT) - next_pc(fc + 12)
# check: section_size(a, $__GOT) = 16
# check: section_size(c, $__GOT) = 16
# case: in reach
# define: ext = 0x20000000
# check: decode_operand(fa, 0) = ext
# check: decode_operand(fc, 0) = ext
