# The same by auipc (code model medany, -fno-pic).
# arch: riscv64
# define: ext = 0x7f0000000000
	.option	norelax
	.option	norvc
	.text
	.globl	f
f:	auipc	a0, %pcrel_hi(ext)
	addi	a0, a0, %pcrel_lo(f)
	ret
# check: (*{4}f)[31:12] = (stub_addr(ext) - f + 0x800)[31:12]
# check: (*{4}(f + 4))[31:20] = (stub_addr(ext) - f)[11:0]
# xfail: refused, though lui and addi of the same function get its stub
# case: near
# define: ext = 0x20000004
# check: (*{4}f)[31:12] = (ext - f + 0x800)[31:12]
# check: (*{4}(f + 4))[31:20] = (ext - f)[11:0]
