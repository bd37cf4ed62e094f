# The large code model, -fPIC: GOTPC64, GOT64, GOTOFF64, PLTOFF64, GOTPLT64, GOTPCREL64.
# arch: x86_64
# define: ext = 0x7f0000001000
	.text
	.globl	f
f:
.Lhere:	leaq	.Lhere(%rip), %rbx
	movabsq	$_GLOBAL_OFFSET_TABLE_ - .Lhere, %rax
	movabsq	$ext@GOT, %rcx
	movabsq	$datum@GOTOFF, %rdx
	movabsq	$ext@PLTOFF, %rsi
	movabsq	$f@PLTOFF, %rdi
	ret
	.section .rodata,"a",@progbits
	.p2align 3
	.globl	words
words:	.quad	0
	.reloc	words, R_X86_64_GOTPCREL64, ext
	.quad	0
	.reloc	words + 8, R_X86_64_GOTPLT64, ext + 2
	.quad	0
	.reloc	words + 16, R_X86_64_GOTPC64, _GLOBAL_OFFSET_TABLE_
	.quad	0
	.reloc	words + 24, R_X86_64_GOTOFF64, ext - 1
	.data
	.globl	datum
datum:	.quad	1
# check: *{8}(f + 9) = section_addr($__GOT) - f
# check: *{8}(f + 19) = got_addr(ext) - section_addr($__GOT)
# check: *{8}(f + 29) = datum - section_addr($__GOT)
# check: *{8}(f + 39) = ext - section_addr($__GOT)
# check: *{8}(f + 49) = f - section_addr($__GOT)
# check: *{8}words = got_addr(ext) - words
# check: *{8}(words + 8) = got_addr(ext) + 2 - section_addr($__GOT)
# check: *{8}(words + 16) = section_addr($__GOT) - (words + 16)
# check: *{8}(words + 24) = ext - 1 - section_addr($__GOT)
# check: *{8}got_addr(ext) = ext
# case: zones far apart
# slab: data 0x7f1200000000
# slab: readonly 0x600000000000
# check: *{8}(f + 9) = section_addr($__GOT) - f
# check: *{8}(f + 29) = datum - section_addr($__GOT)
# check: *{8s}(f + 49) = f - section_addr($__GOT)
