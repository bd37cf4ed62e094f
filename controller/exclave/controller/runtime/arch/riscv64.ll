; What of the session runtime is different on riscv64: the number of the futex system call. The hint of a loop that waits
; (pause) is an extension that not every machine has, so there is none.

@exclave_futex_number = hidden constant i64 98

define hidden void @exclave_pause() nounwind {
  ret void
}
