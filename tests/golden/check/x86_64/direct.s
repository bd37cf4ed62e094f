# Position-dependent code that takes the address of a far function gets its stub's, the same one everywhere.
# arch: x86_64
# define: ext = 0x7f0000000000
	.text
	.globl	f
f:	movl	$ext, %edi
	movq	$ext, %rsi
	leaq	ext(%rip), %rdx
	pushq	$ext
	cmpq	$ext, %rax
	call	ext
	ret
	.data
	.globl	pointer
pointer:
	.quad	ext
	.long	ext
# check: *{4}(f + 1) = stub_addr(ext)
# check: *{4}(f + 8) = stub_addr(ext)
# check: decode_operand(f + 12, 1) = stub_addr(ext) - next_pc(f + 12)
# check: decode_operand(f + 19, 0) = stub_addr(ext)
# check: decode_operand(f + 24, 1) = stub_addr(ext)
# check: decode_operand(f + 31, 0) = stub_addr(ext)
# check: *{8}got_addr(ext) = ext
# check: *{8}pointer = ext
# check: *{4}(pointer + 8) = stub_addr(ext)
# case: near
# define: ext = 0x20000000
# check: decode_operand(f + 31, 0) = ext
# check: *{8}pointer = ext
# check: *{4}(f + 1) = ext
# check: *{4}(pointer + 8) = ext
