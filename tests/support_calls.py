"""IR that the tests of calls, callbacks and data share: functions of many kinds, and variables.

Whoever adds it defines `host_log`, as the integration tests' fixture `session_to_call` does.
"""

from __future__ import annotations

IR = r"""
@counter = global i64 7
@table = global [4 x i32] [i32 1, i32 2, i32 3, i32 4]
@fixed = constant double 2.5
@text = private constant [7 x i8] c"in %d\0A\00"
@message = private constant [6 x i8] c"hello\00"
declare i32 @printf(ptr, ...)
declare void @exit(i32)
declare i32 @host_log(ptr)
declare ptr @exclave_jit_dispatch(i64, ptr, i64, ptr)

define i64 @increment(i64 %x) { %y = add i64 %x, 1  ret i64 %y }
define double @multiply(double %a, double %b) { %c = fmul double %a, %b  ret double %c }
define i32 @narrow(i8 %a, i16 %b) { %c = sext i8 %a to i32  %d = sext i16 %b to i32  %e = add i32 %c, %d  ret i32 %e }
define void @prints(i32 %n) { %r = call i32 (ptr, ...) @printf(ptr @text, i32 %n)  ret void }
define i32 @logs() { %r = call i32 @host_log(ptr @message)  ret i32 %r }
define i64 @apply(ptr %f, i64 %x) { %r = call i64 %f(i64 %x)  %s = add i64 %r, 1000  ret i64 %s }
define void @exits(i32 %code) { call void @exit(i32 %code)  ret void }
define i64 @apply_at(ptr %f, i64 %x) { %r = call i64 %f(i64 %x)  ret i64 %r }
define void @crashes() { store volatile i32 1, ptr null  ret void }
define void @spins() {
  br label %again
again:
  %x = load volatile i64, ptr @counter
  br label %again
}
define double @total(ptr readonly %values, i64 %n) {
entry:
  br label %check
check:
  %i = phi i64 [ 0, %entry ], [ %next, %add ]
  %sum = phi double [ 0.0, %entry ], [ %more, %add ]
  %busy = icmp ult i64 %i, %n
  br i1 %busy, label %add, label %done
add:
  %p = getelementptr double, ptr %values, i64 %i
  %value = load double, ptr %p
  %more = fadd double %sum, %value
  %next = add i64 %i, 1
  br label %check
done:
  ret double %sum
}
define void @fill(ptr %values, i64 %n, double %with) {
entry:
  br label %check
check:
  %i = phi i64 [ 0, %entry ], [ %next, %put ]
  %busy = icmp ult i64 %i, %n
  br i1 %busy, label %put, label %done
put:
  %p = getelementptr double, ptr %values, i64 %i
  store double %with, ptr %p
  %next = add i64 %i, 1
  br label %check
done:
  ret void
}
define i64 @dispatches(i64 %tag, ptr %data, i64 %size, ptr %out) {
  %n = alloca i64
  %result = call ptr @exclave_jit_dispatch(i64 %tag, ptr %data, i64 %size, ptr %n)
  %got = load i64, ptr %n
  call void @llvm.memcpy.p0.p0.i64(ptr %out, ptr %result, i64 %got, i1 false)
  ret i64 %got
}
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
"""

# Calls back from a thread of its own: `in_a_thread(f)` is f(41).
IN_A_THREAD = """
declare i32 @pthread_create(ptr, ptr, ptr, ptr)
declare i32 @pthread_join(i64, ptr)
define ptr @body(ptr %f) { %r = call i64 %f(i64 41)  %p = inttoptr i64 %r to ptr  ret ptr %p }
define i64 @in_a_thread(ptr %f) {
  %thread = alloca i64
  %result = alloca ptr
  %failed = call i32 @pthread_create(ptr %thread, ptr null, ptr @body, ptr %f)
  %number = load i64, ptr %thread
  %joined = call i32 @pthread_join(i64 %number, ptr %result)
  %pointer = load ptr, ptr %result
  %value = ptrtoint ptr %pointer to i64
  ret i64 %value
}
"""

FIBONACCI = """
define i64 @fibonacci(i64 %n) {
  %small = icmp ult i64 %n, 2
  br i1 %small, label %end, label %recurse
recurse:
  %n.1 = sub i64 %n, 1
  %n.2 = sub i64 %n, 2
  %f.1 = call i64 @fibonacci(i64 %n.1)
  %f.2 = call i64 @fibonacci(i64 %n.2)
  %f = add i64 %f.1, %f.2
  ret i64 %f
end:
  ret i64 %n
}
"""
