# A weak symbol that nobody defines is 0.
# arch: riscv64
	.option	norelax
	.weak	hook
	.text
	.globl	f
f:	auipc	a0, %got_pcrel_hi(hook)
	ld	a0, %pcrel_lo(f)(a0)
	lui	a1, %hi(hook)
	addi	a1, a1, %lo(hook)
	.data
	.globl	table
table:	.quad	hook
	.quad	hook + 8
	.word	hook
# check: hook = 0
# check: *{8}got_addr(hook) = 0
# check: *{8}table = 0
# check: *{8}(table + 8) = 8
# check: *{4}(table + 16) = 0
# case: defined outside
# define: hook = 0x20000000
# check: *{8}got_addr(hook) = hook
# check: *{8}table = hook
