# The old tables: numbers run the other way, so what is written first is run last.
# arch: x86_64
	.text
	.globl	f, g
f:	ret
g:	ret
	.section .ctors,"aw",@progbits
	.quad	f
	.section .ctors.00010,"aw",@progbits
	.quad	g
	.section .dtors,"aw",@progbits
	.quad	g
# check: *{8}section_addr(.ctors) = f
# check: *{8}section_addr(.ctors.00010) = g
# check: section_addr(.ctors) < section_addr(.ctors.00010)
# check: *{8}section_addr(.dtors) = g
