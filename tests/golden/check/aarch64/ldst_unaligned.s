# R_AARCH64_LDST16/32/64/128_ABS_LO12_NC of what is not aligned: the field has no bits for it.
# arch: aarch64
# define: by1 = 0x20000001
# define: by2 = 0x20000002
# define: by4 = 0x20000004
# define: by8 = 0x20000008
# define: by16 = 0x20000010
	.text
	.globl	f
f:	ldrb	w1, [x2, :lo12:by1]
	ldrh	w1, [x2, :lo12:by2]
	ldr	w1, [x2, :lo12:by4]
	ldr	x1, [x2, :lo12:by8]
	ldr	q1, [x2, :lo12:by16]
# check: decode_operand(f, 1) = 1
# check: decode_operand(f + 4, 1) = 2
# check: decode_operand(f + 8, 1) = 4
# check: decode_operand(f + 12, 1) = 8
# check: decode_operand(f + 16, 1) = 16
# case: 2 bytes
# define: by2 = 0x20000001
# error: R_AARCH64_LDST16_ABS_LO12_NC to by2: the value 0x20000001 is no multiple of 2
# case: 4 bytes
# define: by4 = 0x20000002
# error: R_AARCH64_LDST32_ABS_LO12_NC to by4: the value 0x20000002 is no multiple of 4
# case: 8 bytes
# define: by8 = 0x20000004
# error: R_AARCH64_LDST64_ABS_LO12_NC to by8: the value 0x20000004 is no multiple of 8
# case: 16 bytes
# define: by16 = 0x20000008
# error: R_AARCH64_LDST128_ABS_LO12_NC to by16: the value 0x20000008 is no multiple of 16
