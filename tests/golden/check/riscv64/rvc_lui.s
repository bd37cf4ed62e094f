# R_RISCV_RVC_LUI: (S + A + 0x800)[17:12], bit 17 in 12, 16:12 in 6:2; 0 is c.li, as c.lui of 0 is no instruction.
# arch: riscv64
# define: ext = 0x12fff
	.text
	.globl	f
f:	.half	0x6505                  # c.lui a0, 1
	.reloc	f, R_RISCV_RVC_LUI, ext
# check: *{2}f = 0x654d
# case: the highest
# define: ext = 0x1f7ff
# check: *{2}f = 0x657d
# case: one too high
# define: ext = 0x1f800
# error: R_RISCV_RVC_LUI to ext: the value 0x1f800 does not fit
# case: the lowest
# define: ext = 0xfffffffffffdf800
# check: *{2}f = 0x7501
# case: one too low
# define: ext = 0xfffffffffffdf7ff
# error: R_RISCV_RVC_LUI to ext: the value -0x20801 does not fit
# case: zero
# define: ext = 0x7ff
# check: *{2}f = 0x4501
# xfail: c.lui a0, 0 is written, which is reserved; ld and ld.lld make c.li of it
