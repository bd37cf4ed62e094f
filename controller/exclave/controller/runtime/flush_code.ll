; New code, before anything of it runs: entry point of the control lane. The daemon has written it through a view of its
; own; what this process's threads have fetched where it lies may be older.
;
; slots: n i64, error number i64 (out), then n pairs: where code begins, where it ends.
;
; First the caches, by the addresses at which the code runs; then, for every other thread of this process, an instruction
; that makes it forget what it has fetched and not yet executed: membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE,
; which the worker has registered for at its start.

declare i64 @syscall(i64, ...)
declare ptr @__errno_location()

; arch/*.ll
@exclave_membarrier_number = external hidden constant i64
declare hidden void @exclave_flush_range(ptr, ptr)

define void @exclave_flush_code(ptr %unused, ptr %slots) nounwind {
entry:
  %ranges = getelementptr i64, ptr %slots, i64 2
  %n = load i64, ptr %slots
  br label %check
check:
  %i = phi i64 [ 0, %entry ], [ %i.next, %flush ]
  %more = icmp ult i64 %i, %n
  br i1 %more, label %flush, label %barrier
flush:
  %begin.p = getelementptr { ptr, ptr }, ptr %ranges, i64 %i
  %end.p = getelementptr { ptr, ptr }, ptr %begin.p, i32 0, i32 1
  %begin = load ptr, ptr %begin.p
  %end = load ptr, ptr %end.p
  call void @exclave_flush_range(ptr %begin, ptr %end)
  %i.next = add i64 %i, 1
  br label %check

barrier:
  %error.p = getelementptr i64, ptr %slots, i64 1
  %number = load i64, ptr @exclave_membarrier_number
  %r = call i64 (i64, ...) @syscall(i64 %number, i64 32, i64 0, i64 0)
  %failed = icmp slt i64 %r, 0
  br i1 %failed, label %fail, label %good
fail:
  %errno.p = call ptr @__errno_location()
  %errno = load i32, ptr %errno.p
  %error = zext i32 %errno to i64
  store i64 %error, ptr %error.p
  ret void
good:
  store i64 0, ptr %error.p
  ret void
}
