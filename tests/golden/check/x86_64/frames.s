# .eh_frame: a description goes with its function; each names its CIE and its function by distances.
# arch: x86_64
# part: a
	.cfi_sections .eh_frame
	.section .text.f,"ax",@progbits
	.globl	f
f:	.cfi_startproc
	pushq	%rbp
	.cfi_def_cfa_offset 16
	popq	%rbp
	ret
	.cfi_endproc
	.section .text.g,"ax",@progbits
	.globl	g
g:	.cfi_startproc
	ret
	.cfi_endproc
# check: *{4}section_addr(.eh_frame) = 0x14
# check: *{4}(section_addr(.eh_frame) + 4) = 0
# check: *{4}(section_addr(.eh_frame) + 0x1c) = 0x1c
# check: *{4s}(section_addr(.eh_frame) + 0x20) = f - (section_addr(.eh_frame) + 0x20)
# check: *{4}(section_addr(.eh_frame) + 0x24) = 3
# check: *{4s}(section_addr(.eh_frame) + 0x34) = g - (section_addr(.eh_frame) + 0x34)
# check: *{4}(section_addr(.eh_frame) + 0x38) = 1
# check: *{4}section_addr($__EH_FRAME_END) = 0
# check: section_addr($__EH_FRAME_END) = section_addr(.eh_frame) + section_size(.eh_frame)
# case: g is not asked for
# roots: f
# check: defined(g) = 0
# check: *{4s}(section_addr(.eh_frame) + 0x20) = f - (section_addr(.eh_frame) + 0x20)
# check: section_addr($__EH_FRAME_END) = section_addr(.eh_frame) + 0x2c
# case: f is not asked for
# roots: g
# check: defined(f) = 0
# check: *{4s}(section_addr(.eh_frame) + 0x20) = g - (section_addr(.eh_frame) + 0x20)
