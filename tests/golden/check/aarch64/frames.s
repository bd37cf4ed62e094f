# .eh_frame: a description goes with its function; each names its function by a distance of 32 bits.
# arch: aarch64
	.section .text.f,"ax",@progbits
	.globl	f
f:	.cfi_startproc
	sub	sp, sp, #16
	.cfi_def_cfa_offset 16
	add	sp, sp, #16
	ret
	.cfi_endproc
	.section .text.g,"ax",@progbits
	.globl	g
g:	.cfi_startproc
	ret
	.cfi_endproc
# check: *{4}(section_addr(.eh_frame) + 4) = 0
# check: *{4}section_addr(.eh_frame) = 0x10
# check: *{4}(section_addr(.eh_frame) + 0x18) = 0x18
# check: *{4s}(section_addr(.eh_frame) + 0x1c) = f - (section_addr(.eh_frame) + 0x1c)
# check: *{4}(section_addr(.eh_frame) + 0x20) = 12
# check: *{4s}(section_addr(.eh_frame) + 0x30) = g - (section_addr(.eh_frame) + 0x30)
# check: *{4}section_addr($__EH_FRAME_END) = 0
# case: f is not asked for
# roots: g
# check: defined(f) = 0
# check: *{4s}(section_addr(.eh_frame) + 0x1c) = g - (section_addr(.eh_frame) + 0x1c)
# check: *{4}(section_addr(.eh_frame) + 0x18) = 0x18
