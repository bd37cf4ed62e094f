# R_RISCV_32_PCREL: S + A - P, -2**31 <= X < 2**31.
# arch: riscv64
# define: ext = 0x90000fff
	.section .rodata,"a",@progbits
	.globl	table
table:	.word	0
	.reloc	table, R_RISCV_32_PCREL, ext
	.word	0
	.reloc	table + 4, R_RISCV_32_PCREL, table + 4
	.word	0x55555555              # what is in the field does not count
	.reloc	table + 8, R_RISCV_32_PCREL, table
# slab: 0x10001000
# check: table = 0x10001000
# check: *{4}table = 0x7fffffff
# check: *{4}(table + 4) = 0
# check: *{4s}(table + 8) = -8
# case: one too high
# define: ext = 0x90001000
# error: R_RISCV_32_PCREL to ext: the value 0x80000000 does not fit
# case: the lowest
# slab: 0x90000000
# define: ext = 0x10000000
# check: *{4}table = 0x80000000
# case: one too low
# slab: 0x90000000
# define: ext = 0xfffffff
# error: R_RISCV_32_PCREL to ext: the value -0x80000001 does not fit
