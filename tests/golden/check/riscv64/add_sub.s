# R_RISCV_ADD8..64: V + S + A; SUB8..64: V - S - A; V is what is in the field. They wrap: pairs of them make distances.
# arch: riscv64
# define: ext = 0x1122334455667788
	.data
	.globl	fields
fields:	.byte	0x80, 0xee
	.reloc	fields, R_RISCV_ADD8, ext
	.byte	0x80, 0xee
	.reloc	fields + 2, R_RISCV_SUB8, ext + 8
	.half	0x1000, 0xeeee
	.reloc	fields + 4, R_RISCV_ADD16, ext + 1
	.half	0x1000, 0xeeee
	.reloc	fields + 8, R_RISCV_SUB16, ext
	.word	0x10, 0xeeeeeeee
	.reloc	fields + 12, R_RISCV_ADD32, ext
	.word	0x10, 0xeeeeeeee
	.reloc	fields + 20, R_RISCV_SUB32, ext
	.quad	0x10
	.reloc	fields + 28, R_RISCV_ADD64, ext - 0x10
	.quad	0x10
	.reloc	fields + 36, R_RISCV_SUB64, ext
# check: *{2}fields = 0xee08
# check: *{2}(fields + 2) = 0xeef0
# check: *{4}(fields + 4) = 0xeeee8789
# check: *{4}(fields + 8) = 0xeeee9878
# check: *{4}(fields + 12) = 0x55667798
# check: *{4}(fields + 16) = 0xeeeeeeee
# check: *{4}(fields + 20) = 0xaa998888
# check: *{8}(fields + 28) = ext
# check: *{8}(fields + 36) = 0x10 - ext
# case: nothing to add
# define: ext = 0
# check: *{2}fields = 0xee80
# check: *{2}(fields + 2) = 0xee78
# check: *{8}(fields + 28) = 0
