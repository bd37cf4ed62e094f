# R_RISCV_CALL_PLT (and CALL): V = L + A - P; (V + 0x800)[31:12] into auipc, V[11:0] into jalr.
# arch: riscv64
# define: ext = 0x20000ffe
	.option	norelax
	.option	norvc
	.text
	.p2align 4
	.globl	f, g
f:	call	ext
	tail	ext
	call	t0, g
	.word	0x00000097, 0x000080e7  # auipc ra, 0; jalr ra
	.reloc	f + 24, R_RISCV_CALL, f
g:	ret
# check: f = 0x10000000
# check: (*{4}f)[31:12] = (ext - f + 0x800)[31:12]
# check: (*{4}f)[11:0] = 0x97
# check: (*{4}(f + 4))[31:20] = (ext - f)[11:0]
# check: (*{4}(f + 4))[19:0] = 0x080e7
# check: *{4}f = 0x10001097
# check: *{4}(f + 4) = 0xffe080e7
# check: (*{4}(f + 8))[31:12] = (ext - f - 8 + 0x800)[31:12]
# check: (*{4}(f + 8))[11:0] = 0x317
# check: (*{4}(f + 12))[31:20] = (ext - f - 8)[11:0]
# check: (*{4}(f + 12))[19:0] = 0x30067
# check: *{4}(f + 16) = 0x00000297
# check: *{4}(f + 20) = 0x010282e7
# check: *{4}(f + 24) = 0x00000097
# check: *{4}(f + 28) = 0xfe8080e7
# case: out of reach
# define: ext = 0x7f0000000000
# check: (*{4}f)[31:12] = (stub_addr(ext) - f + 0x800)[31:12]
# check: (*{4}(f + 4))[31:20] = (stub_addr(ext) - f)[11:0]
# check: (*{4}(f + 12))[31:20] = (stub_addr(ext) - f - 8)[11:0]
# check: *{4}(f + 20) = 0x010282e7
# check: *{8}got_addr(ext) = ext
# check: (*{4}stub_addr(ext))[6:0] = 0x17
# check: (*{4}stub_addr(ext))[31:12] = (got_addr(ext) - stub_addr(ext) + 0x800)[31:12]
# check: (*{4}(stub_addr(ext) + 4))[31:20] = (got_addr(ext) - stub_addr(ext))[11:0]
# check: (*{4}(stub_addr(ext) + 4))[14:12] = 3
# check: (*{4}(stub_addr(ext) + 4))[6:0] = 3
# check: (*{4}(stub_addr(ext) + 8))[6:0] = 0x67
# case: the farthest above
# define: ext = 0x8ffff7fe
# check: *{4}f = 0x7ffff097
# check: *{4}(f + 4) = 0x7fe080e7
# case: beyond the farthest above of the first, not of the second
# define: ext = 0x8ffff800
# check: (*{4}(f + 4))[31:20] = (stub_addr(ext) - f)[11:0]
# check: (*{4}(f + 8))[31:12] = 0x7ffff
# check: (*{4}(f + 12))[31:20] = 0x7f8
# case: the farthest below
# slab: 0x100000000
# define: ext = 0x7ffff800
# check: *{4}f = 0x80000097
# check: *{4}(f + 4) = 0x800080e7
# check: (*{4}(f + 12))[31:20] = (stub_addr(ext) - f - 8)[11:0]
# case: beyond the farthest below
# slab: 0x100000000
# define: ext = 0x7ffff7fe
# check: (*{4}f)[31:12] = (stub_addr(ext) - f + 0x800)[31:12]
# check: (*{4}(f + 4))[31:20] = (stub_addr(ext) - f)[11:0]
