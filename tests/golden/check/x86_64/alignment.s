# Blocks are aligned as they ask, and their segment as the strictest of them.
# arch: x86_64
	.section .text.a,"ax",@progbits
	.globl	fa
fa:	ret
	.section .text.b,"ax",@progbits
	.p2align 8
	.globl	fb
fb:	ret
	.section .text.c,"ax",@progbits
	.p2align 4
	.globl	fc
fc:	jmp	fb
	.section .rodata.big,"a",@progbits
	.p2align 14
	.globl	big
big:	.quad	fb
# check: fb & 255 = 0
# check: fc & 15 = 0
# check: big & 0x3fff = 0
# check: decode_operand(fc, 0) = fb
# check: *{8}big = fb
# case: behind an odd page
# slab: 0x10001000
# check: big & 0x3fff = 0
# check: *{8}big = fb
