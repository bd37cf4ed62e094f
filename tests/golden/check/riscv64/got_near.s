# The same for what is near: the address that comes out counts.
# arch: riscv64
	.option	norelax
	.option	norvc
	.text
	.p2align 4
	.globl	f
f:	auipc	a0, %got_pcrel_hi(datum)
	ld	a0, %pcrel_lo(f)(a0)
	ret
	.data
	.p2align 3
	.globl	datum
datum:	.quad	1
# check: (*{4}f)[31:12] = (got_addr(datum) - f + 0x800)[31:12]
# check: (*{4}(f + 4))[31:20] = (got_addr(datum) - f)[11:0]
# check: *{8}got_addr(datum) = datum
