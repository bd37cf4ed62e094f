# What a frame description names is kept with its function: personality and exception table.
# arch: x86_64
# define: handler = 0x7f0000000000
# roots: f
	.section .text.f,"ax",@progbits
	.globl	f
f:	.cfi_startproc
	.cfi_personality 0x9b, DW.ref.handler
	.cfi_lsda 0x1b, .Ltable
	ret
	.cfi_endproc
	.section .gcc_except_table.f,"a",@progbits
.Ltable:
table:	.long	0x11223344
	.section .data.DW.ref.handler,"awG",@progbits,DW.ref.handler,comdat
	.hidden	DW.ref.handler
	.weak	DW.ref.handler
DW.ref.handler:
	.quad	handler
# check: *{8}DW.ref.handler = handler
# check: *{4}table = 0x11223344
# check: *{4s}(section_addr(.eh_frame) + 0x13) = DW.ref.handler - (section_addr(.eh_frame) + 0x13)
