# R_RISCV_SET6, SUB6: the low 6 bits; SET8, SET16, SET32: S + A. What is around them stays.
# arch: riscv64
# define: ext = 0x112233445566778b
	.data
	.globl	fields
fields:	.byte	0x55, 0xee, 0xee, 0xee
	.reloc	fields, R_RISCV_SET6, ext
	.byte	0xd5, 0xee, 0xee, 0xee
	.reloc	fields + 4, R_RISCV_SUB6, ext
	.byte	0x55, 0xee, 0xee, 0xee
	.reloc	fields + 8, R_RISCV_SET8, ext + 1
	.half	0x5555, 0xeeee
	.reloc	fields + 12, R_RISCV_SET16, ext
	.word	0x55555555, 0xeeeeeeee
	.reloc	fields + 16, R_RISCV_SET32, ext
	.byte	0x40
	.reloc	fields + 24, R_RISCV_SET6, fields + 44
	.reloc	fields + 24, R_RISCV_SUB6, fields + 4
	.byte	0x02
	.reloc	fields + 25, R_RISCV_SET8, fields + 200
	.reloc	fields + 25, R_RISCV_SUB8, fields + 4
	.half	0x03
	.reloc	fields + 26, R_RISCV_SET16, fields + 5000
	.reloc	fields + 26, R_RISCV_SUB16, fields
	.word	0x04
	.reloc	fields + 28, R_RISCV_SET32, fields
	.reloc	fields + 28, R_RISCV_SUB32, fields + 70000
# check: *{4}fields = 0xeeeeee4b
# check: *{4}(fields + 4) = 0xeeeeeeca
# check: *{4}(fields + 8) = 0xeeeeee8c
# check: *{4}(fields + 12) = 0xeeee778b
# check: *{8}(fields + 16) = 0xeeeeeeee5566778b
# check: *{1}(fields + 24) = 0x68
# check: *{1}(fields + 25) = 0xc4
# check: *{2}(fields + 26) = 5000
# check: *{4s}(fields + 28) = -70000
