; What of the session runtime is different on aarch64: the number of the futex system call, and the hint of a loop that
; waits.

@exclave_futex_number = hidden constant i64 98

declare void @llvm.aarch64.hint(i32)

define hidden void @exclave_pause() nounwind {
  ; YIELD
  call void @llvm.aarch64.hint(i32 1)
  ret void
}
