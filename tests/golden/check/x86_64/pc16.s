# R_X86_64_PC16: S + A - P, 16 bits, sign-extended.
# arch: x86_64
# define: ext = 0x10008fff
	.section .rodata,"a",@progbits
	.p2align 12
	.globl	here
here:	.short	ext - .
	.short	here - .
	.short	end - .
end:
# slab: 0x10001000
# check: here = 0x10001000
# check: *{2}here = 0x7fff
# check: *{2s}(here + 2) = -2
# check: *{2}(here + 4) = 2
# case: one too high
# define: ext = 0x10009000
# error: R_X86_64_PC16 to ext: the value 0x8000 does not fit -0x8000\.\.0x7fff
# case: the lowest
# define: ext = 0xfff9000
# check: *{2s}here = -0x8000
# case: one too low
# define: ext = 0xfff8fff
# error: R_X86_64_PC16 to ext: the value -0x8001 does not fit
