# A call into something far: the formula is S + A, so a stub of S plus A will not do.
# arch: riscv64
# define: ext = 0x7f0000000000
	.option	norelax
	.text
	.globl	f
f:	.word	0x00000097, 0x000080e7  # auipc ra, 0; jalr ra
	.reloc	f, R_RISCV_CALL_PLT, ext + 8
# error: R_RISCV_CALL_PLT to ext
# case: near
# define: ext = 0x20000000
# check: (*{4}(f + 4))[31:20] = (ext + 8 - f)[11:0]
