# __start_NAME and __stop_NAME.
# arch: riscv64
# roots: f
	.option	norelax
	.option	norvc
	.section entries,"a",@progbits
	.p2align 3
	.quad	1, 2, 3
	.text
	.globl	f
f:	auipc	a0, %pcrel_hi(__start_entries)
	addi	a0, a0, %pcrel_lo(f)
.Lb:	auipc	a1, %pcrel_hi(__stop_entries)
	addi	a1, a1, %pcrel_lo(.Lb)
	ret
# check: (*{4}f)[31:12] = (section_addr(entries) - f + 0x800)[31:12]
# check: (*{4}(f + 4))[31:20] = (section_addr(entries) - f)[11:0]
# check: (*{4}(f + 12))[31:20] = (section_addr(entries) + 24 - f - 8)[11:0]
# check: *{8}(section_addr(entries) + 16) = 3
