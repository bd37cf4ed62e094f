; What of the session runtime is different on aarch64: the number of the futex system call, and the hint of a loop that
; waits.

@exclave_futex_number = hidden constant i64 98
@exclave_sigprocmask_number = hidden constant i64 135
@exclave_membarrier_number = hidden constant i64 283

; What a resolver of an IFUNC is told besides the hardware capabilities: on aarch64, that there is a second argument.
@exclave_ifunc_flags = hidden constant i64 4611686018427387904

; A signal's ucontext_t: where its mcontext_t begins, how many registers are there
; (fault_address, x0 to x30, sp, pc, pstate), and which of them is the stack pointer.
@exclave_mcontext_offset = hidden constant i64 176
@exclave_register_count = hidden constant i64 35
@exclave_stack_register = hidden constant i64 32

declare void @llvm.aarch64.hint(i32)

define hidden void @exclave_pause() nounwind {
  ; YIELD
  call void @llvm.aarch64.hint(i32 1)
  ret void
}
