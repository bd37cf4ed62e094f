; The part of support_hostile.ll that needs system calls. Apart: who uses it may print, and its calls are not quick.

declare i64 @syscall(i64, ...)
declare i32 @pthread_create(ptr, ptr, ptr, ptr)
declare ptr @scribble(ptr)

; FUTEX_WAKE = 1
define void @wake(ptr %word) {
  %r = call i64 (i64, ...) @syscall(i64 @FUTEX@, ptr %word, i32 1, i32 2147483647, ptr null, ptr null, i32 0)
  ret void
}

define i32 @start(ptr %function, ptr %argument) {
  %thread = alloca i64
  %r = call i32 @pthread_create(ptr %thread, ptr null, ptr %function, ptr %argument)
  ret i32 %r
}

; A thread: wake all who sleep at a lane, for ever. The argument: the lanes, how many.
define ptr @wake_all(ptr %how) {
entry:
  %lanes = load ptr, ptr %how
  %count.p = getelementptr i64, ptr %how, i64 1
  %count = load i64, ptr %count.p
  br label %next
next:
  %i = phi i64 [ 0, %entry ], [ %i.wrapped, %next ]
  %offset = mul i64 %i, 65536
  %lane = getelementptr i8, ptr %lanes, i64 %offset
  %reply = getelementptr i8, ptr %lane, i64 64
  call void @wake(ptr %reply)
  call void @wake(ptr %lane)
  %i.next = add i64 %i, 1
  %i.wrapped = urem i64 %i.next, %count
  br label %next
}

; A thread calls back, once.
define ptr @call_back(ptr %f) {
  %r = call i64 %f(i64 1)
  ret ptr null
}
