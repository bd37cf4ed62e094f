# R_AARCH64_LDST8/16/32/64/128_ABS_LO12_NC: (S + A)[11:n] in bits 21:10, n by the size of what is loaded.
# arch: aarch64
# define: ext = 0x20000ff0
	.text
	.p2align 4
	.globl	f
f:	ldrb	w1, [x2, :lo12:ext + 15]
	strh	w3, [x4, :lo12:ext + 14]
	ldr	w5, [x6, :lo12:ext + 12]
	str	x7, [x8, :lo12:ext + 8]
	ldr	q9, [x10, :lo12:ext]
	ldrsb	x11, [x12, :lo12:datum]
	ldrsh	w13, [x14, :lo12:datum + 2]
	ldrsw	x15, [x16, :lo12:datum + 4]
	str	d17, [x18, :lo12:datum + 8]
	prfm	pldl1keep, [x19, :lo12:datum + 8]
	.data
	.p2align 4
	.globl	datum
datum:	.skip	16
# check: decode_operand(f, 1) = 0xfff
# check: (*{4}f)[21:10] = 0xfff
# check: (*{4}f)[9:0] = 0x41
# check: decode_operand(f + 4, 1) = 0xffe
# check: (*{4}(f + 4))[21:10] = 0x7ff
# check: decode_operand(f + 8, 1) = 0xffc
# check: (*{4}(f + 8))[21:10] = 0x3ff
# check: decode_operand(f + 12, 1) = 0xff8
# check: (*{4}(f + 12))[21:10] = 0x1ff
# check: decode_operand(f + 16, 1) = 0xff0
# check: (*{4}(f + 16))[21:10] = 0xff
# check: decode_operand(f + 20, 1) = datum[11:0]
# check: decode_operand(f + 24, 1) = (datum + 2)[11:0]
# check: decode_operand(f + 28, 1) = (datum + 4)[11:0]
# check: decode_operand(f + 32, 1) = (datum + 8)[11:0]
# check: (*{4}(f + 32))[4:0] = 17
# check: (*{4}(f + 36))[21:10] = (datum + 8)[11:3]
# case: far above 4 GiB: the rest is adrp's
# define: ext = 0x7f0000000010
# check: decode_operand(f, 1) = 0x1f
# check: decode_operand(f + 16, 1) = 0x10
