; What of the session runtime is different on x86_64: the number of the futex system call, and the instruction by which
; a loop that waits leaves the core's other thread the better part of it.

@exclave_futex_number = hidden constant i64 202

declare void @llvm.x86.sse2.pause()

define hidden void @exclave_pause() nounwind {
  call void @llvm.x86.sse2.pause()
  ret void
}
