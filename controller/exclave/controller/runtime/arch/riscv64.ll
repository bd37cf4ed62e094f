; What of the session runtime is different on riscv64: the number of the futex system call. The hint of a loop that waits
; (pause) is an extension that not every machine has, so there is none.

@exclave_futex_number = hidden constant i64 98
@exclave_sigprocmask_number = hidden constant i64 135
@exclave_membarrier_number = hidden constant i64 283

; What a resolver of an IFUNC is told besides the hardware capabilities: on aarch64, that there is a second argument.
@exclave_ifunc_flags = hidden constant i64 0

; A signal's ucontext_t: where its mcontext_t begins, how many registers are there
; (pc, then x1 to x31), and which of them is the stack pointer.
@exclave_mcontext_offset = hidden constant i64 176
@exclave_register_count = hidden constant i64 32
@exclave_stack_register = hidden constant i64 2

define hidden void @exclave_pause() nounwind {
  ret void
}
