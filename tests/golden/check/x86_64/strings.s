# Strings may be merged or not: who refers to one finds its text, also inside of it and across objects.
# arch: x86_64
# part: a
	.section .rodata.str1.1,"aMS",@progbits,1
.Lx:	.asciz	"x"
.Lhello:
	.asciz	"hello, world"
	.data
	.globl	ta
ta:	.quad	.Lx, .Lhello, .Lhello + 7
# part: b
	.section .rodata.str1.1,"aMS",@progbits,1
	.asciz	"another"
.Lhello:
	.asciz	"hello, world"
	.section .rodata.cst8,"aM",@progbits,8
.Lpi:	.quad	0x400921fb54442d18
.Le:	.quad	0x4005bf0a8b145769
	.data
	.globl	tb
tb:	.quad	.Lhello, .Le, .Lpi
# check: *{2}(*{8}ta) = 0x78
# check: *{8}(*{8}(ta + 8)) = 0x77202c6f6c6c6568
# check: *{4}(*{8}(ta + 16)) = 0x6c726f77
# check: *{1}((*{8}(ta + 16)) + 5) = 0
# check: *{8}(*{8}tb) = 0x77202c6f6c6c6568
# check: *{8}(*{8}(tb + 8)) = 0x4005bf0a8b145769
# check: *{8}(*{8}(tb + 16)) = 0x400921fb54442d18
