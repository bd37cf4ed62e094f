# Many stubs behind each other, each with its own entry.
# arch: riscv64
# define: e1 = 0x7f0000000000
# define: e2 = 0x7f0000000004
	.option	norelax
	.text
	.globl	f
f:	call	e1
	call	e2
	tail	e2
# check: (*{4}(f + 4))[31:20] = (stub_addr(e1) - f)[11:0]
# check: (*{4}(f + 12))[31:20] = (stub_addr(e2) - f - 8)[11:0]
# check: (*{4}(f + 20))[31:20] = (stub_addr(e2) - f - 16)[11:0]
# check: (*{4}(stub_addr(e1) + 4))[31:20] = (got_addr(e1) - stub_addr(e1))[11:0]
# check: (*{4}(stub_addr(e2) + 4))[31:20] = (got_addr(e2) - stub_addr(e2))[11:0]
# check: (*{4}stub_addr(e2))[31:12] = (got_addr(e2) - stub_addr(e2) + 0x800)[31:12]
# check: *{8}got_addr(e1) = e1
# check: *{8}got_addr(e2) = e2
# check: stub_addr(e2) & 3 = 0
