# A function that is chosen when it is loaded: refused by name.
# arch: x86_64
	.text
	.globl	chosen
	.type	chosen, @gnu_indirect_function
chosen:	ret
# error: chosen is an IFUNC
