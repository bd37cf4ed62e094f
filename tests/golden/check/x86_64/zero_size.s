# Empty sections, symbols without a size, symbols at the very end.
# arch: x86_64
	.text
	.globl	f, end
f:	leaq	end(%rip), %rax
	leaq	nothing(%rip), %rcx
end:
	.section .empty,"a",@progbits
	.globl	nothing
nothing:
	.data
	.globl	table, last
table:	.quad	end, nothing, last
last:
# check: end = f + 14
# check: sizeof(end) = 0
# check: decode_operand(f, 1) = 7
# check: section_size(.empty) = 0
# check: nothing = section_addr(.empty)
# check: decode_operand(f + 7, 1) = nothing - end
# check: *{8}table = end
# check: *{8}(table + 8) = nothing
# check: *{8}(table + 16) = table + 24
# check: last = table + 24
