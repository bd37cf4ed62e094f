# A table of constructors that is none.
# arch: x86_64
	.section .init_array,"aw",@init_array
	.quad	0
	.long	0
# error: \.init_array has 12 bytes, which are no table of pointers
