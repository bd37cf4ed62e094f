# Local symbols are each object's own, though they have one name, and do not clash with a global one.
# arch: x86_64
# part: a
	.text
	.globl	fa
	nop
same:	ret
fa:	call	same
	leaq	.Ltext(%rip), %rax
	addq	same@GOTPCREL(%rip), %rcx
	ret
	.section .rodata.text,"a",@progbits
	.asciz	"x"
.Ltext:	.asciz	"hello"
# part: b
	.text
	.globl	fb
	.zero	5, 0x90
same:	ret
fb:	call	same
	leaq	.Ltext(%rip), %rax
	addq	same@GOTPCREL(%rip), %rcx
	jmp	fa
	.section .rodata.text,"a",@progbits
.Ltext:	.asciz	"hello"
# check: decode_operand(fa, 0) = section_addr(a, .text) + 1
# check: decode_operand(fb, 0) = section_addr(b, .text) + 5
# check: decode_operand(fa + 5, 1) = section_addr(a, .rodata.text) + 2 - next_pc(fa + 5)
# check: decode_operand(fb + 5, 1) = section_addr(b, .rodata.text) - next_pc(fb + 5)
# check: *{4}(section_addr(a, .rodata.text) + 2) = 0x6c6c6568
# check: *{8}(next_pc(fa + 12) + decode_operand(fa + 12, 1)) = section_addr(a, .text) + 1
# check: *{8}(next_pc(fb + 12) + decode_operand(fb + 12, 1)) = section_addr(b, .text) + 5
# check: decode_operand(fb + 19, 0) = fa
