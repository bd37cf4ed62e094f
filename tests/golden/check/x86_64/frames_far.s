# A frame description reaches its function with 32 bits.
# arch: x86_64
	.cfi_sections .eh_frame
	.text
	.globl	f
f:	.cfi_startproc
	ret
	.cfi_endproc
# slab: readonly 0x7f0000000000
# error: \.eh_frame\+.*R_X86_64_PC32 .*does not fit
