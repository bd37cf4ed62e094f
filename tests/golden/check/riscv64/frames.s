# .eh_frame: distances to functions by 32_PCREL, their lengths and steps by ADD, SUB, SET6, SUB6, as code may shrink.
# arch: riscv64
	.section .text.f,"ax",@progbits
	.globl	f
f:	.cfi_startproc
	addi	sp, sp, -16
	.cfi_def_cfa_offset 16
	call	g
	addi	sp, sp, 16
	.cfi_def_cfa_offset 0
	ret
	.cfi_endproc
.Lf:
	.globl	end_of_f
	.set	end_of_f, .Lf
	.section .text.g,"ax",@progbits
	.globl	g
g:	.cfi_startproc
	ret
	.cfi_endproc
# check: *{4}(section_addr(.eh_frame) + 4) = 0
# check: *{4s}(section_addr(.eh_frame) + (*{4}section_addr(.eh_frame)) + 12) = f - (section_addr(.eh_frame) + (*{4}section_addr(.eh_frame)) + 12)
# check: *{4}(section_addr(.eh_frame) + (*{4}section_addr(.eh_frame)) + 16) = end_of_f - f
# check: *{1}(section_addr(.eh_frame) + 0x25) = 0x42
# check: *{1}(section_addr(.eh_frame) + 0x28) = 0x46
# check: *{4}section_addr($__EH_FRAME_END) = 0
# case: f is not asked for
# roots: g
# check: defined(f) = 0
# check: *{4s}(section_addr(.eh_frame) + (*{4}section_addr(.eh_frame)) + 12) = g - (section_addr(.eh_frame) + (*{4}section_addr(.eh_frame)) + 12)
# check: *{4}(section_addr(.eh_frame) + (*{4}section_addr(.eh_frame)) + 16) = 2
