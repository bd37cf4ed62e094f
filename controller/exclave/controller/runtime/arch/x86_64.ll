; What of the session runtime is different on x86_64: the number of the futex system call, and the instruction by which
; a loop that waits leaves the core's other thread the better part of it.

@exclave_futex_number = hidden constant i64 202
@exclave_sigprocmask_number = hidden constant i64 14
@exclave_membarrier_number = hidden constant i64 324

; What a resolver of an IFUNC is told besides the hardware capabilities: on aarch64, that there is a second argument.
@exclave_ifunc_flags = hidden constant i64 0

; A signal's ucontext_t: where its mcontext_t begins, how many registers are there (r8 to r15, rdi, rsi, rbp, rbx, rdx,
; rax, rcx, rsp, rip, flags, segments, err, trapno, oldmask, cr2), and which of them is the stack pointer.
@exclave_mcontext_offset = hidden constant i64 40
@exclave_register_count = hidden constant i64 23
@exclave_stack_register = hidden constant i64 15

declare void @llvm.x86.sse2.pause()

define hidden void @exclave_pause() nounwind {
  call void @llvm.x86.sse2.pause()
  ret void
}
