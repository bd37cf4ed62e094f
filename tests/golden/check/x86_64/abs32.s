# R_X86_64_32: S + A, which must be what the field is when zero-extended.
# arch: x86_64
# slab: data 0xffffffc0
	.text
	.globl	f
f:	movl	$f, %eax
	ret

	.data
	.globl	fields
fields:	.long	fields + 0x3f
	.long	f - 0x10000000
	.byte	0xaa
	.long	f + 2           # a fixup may be misaligned
	.byte	0xbb
# check: fields = 0xffffffc0
# check: *{4}(f + 1) = f
# check: *{4}fields = 0xffffffff
# check: *{4}(fields + 4) = 0
# check: *{1}(fields + 8) = 0xaa
# check: *{4}(fields + 9) = f + 2
# check: *{1}(fields + 13) = 0xbb
# case: one too high
# slab: data 0xffffffd0
# error: \.data\+0x0: R_X86_64_32 to fields: the value 0x10000000f does not fit 0x0\.\.0xffffffff
# case: negative
# slab: code 0xffff000
# error: \.data\+0x4: R_X86_64_32 to f: the value -0x1000 does not fit
# case: code above 4 GiB
# slab: code 0x100000000
# error: \.text\+0x1: R_X86_64_32 to f: the value 0x100000000 does not fit
