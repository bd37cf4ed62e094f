# Position-dependent code that reads stdio's streams reads the copies that the session keeps near.
# arch: x86_64
# define: stderr = 0x7f0000000000
# define: exclave_near_stderr = 0x20000000
	.text
	.globl	f
f:	movq	stderr(%rip), %rax
	movq	stderr, %rcx
	movq	stderr@GOTPCREL(%rip), %rdx
	ret
# check: decode_operand(f, 1) = 0x20000000 - next_pc(f)
# check: *{4}(f + 11) = 0x20000000
# check: *{8}got_addr(stderr) = 0x7f0000000000
