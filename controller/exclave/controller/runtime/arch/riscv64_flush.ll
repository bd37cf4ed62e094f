; Have [begin, end) fetched anew as code: fence.i is for the hart that executes it alone, and a thread may move to another
; one at any time, so the kernel does it, on all harts that this process runs on: riscv_flush_icache, system call 259.
declare i64 @syscall(i64, ...)

define hidden void @exclave_flush_range(ptr %begin, ptr %end) nounwind {
  %r = call i64 (i64, ...) @syscall(i64 259, ptr %begin, ptr %end, i64 0)
  ret void
}
