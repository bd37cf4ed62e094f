# The large code model: movz and movk of all 64 bits, tables of pointers, at addresses above 2**47.
# arch: aarch64
# slab: code 0x123456780000
# slab: data 0x7e9abcde0000
	.text
	.globl	f
f:	movz	x0, #:abs_g0_nc:datum
	movk	x0, #:abs_g1_nc:datum
	movk	x0, #:abs_g2_nc:datum
	movk	x0, #:abs_g3:datum
	ret
	.data
	.globl	datum
datum:	.xword	f
	.xword	f - .
# check: (*{4}f)[20:5] = datum[15:0]
# check: (*{4}(f + 4))[20:5] = 0xbcde
# check: (*{4}(f + 8))[20:5] = 0x7e9a
# check: (*{4}(f + 12))[20:5] = 0
# check: *{8}datum = 0x123456780000
# check: *{8s}(datum + 8) = f - (datum + 8)
