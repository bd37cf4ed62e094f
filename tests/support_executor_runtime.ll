; A tiny session runtime for tests of the executor without the controller, and functions to call.
; @NAME@ stands for the address of a libc symbol: see compile_runtime in support_executor.py.

target triple = "x86_64-unknown-linux-gnu"

define void @exclave_serve(ptr %lane) {
entry:
  %sleeping = getelementptr i8, ptr %lane, i64 4
  %entry_p = getelementptr i8, ptr %lane, i64 16
  %function_p = getelementptr i8, ptr %lane, i64 24
  %reply_p = getelementptr i8, ptr %lane, i64 64
  %caller_p = getelementptr i8, ptr %lane, i64 68
  %status_p = getelementptr i8, ptr %lane, i64 72
  %slots = getelementptr i8, ptr %lane, i64 256
  br label %idle
idle:
  %served = phi i32 [0, %entry], [%served, %sleep], [%request, %done]
  %request = load atomic i32, ptr %lane seq_cst, align 4
  %none = icmp eq i32 %request, %served
  br i1 %none, label %sleep, label %run
sleep:
  store atomic i32 1, ptr %sleeping seq_cst, align 4
  %w = call i64 (i64, ...) inttoptr (i64 @SYSCALL@ to ptr)(i64 202, ptr %lane, i64 0, i32 %served, ptr null, ptr null, i64 0)
  store atomic i32 0, ptr %sleeping seq_cst, align 4
  br label %idle
run:
  %callee = load ptr, ptr %entry_p, align 8
  %function = load ptr, ptr %function_p, align 8
  call void %callee(ptr %function, ptr %slots)
  %stdout = load ptr, ptr inttoptr (i64 @STDOUT@ to ptr), align 8
  %f = call i32 inttoptr (i64 @FFLUSH@ to ptr)(ptr %stdout)
  store i32 0, ptr %status_p, align 4
  store atomic i32 %request, ptr %reply_p seq_cst, align 4
  %waits = load atomic i32, ptr %caller_p seq_cst, align 4
  %wake = icmp ne i32 %waits, 0
  br i1 %wake, label %notify, label %done
notify:
  %n = call i64 (i64, ...) inttoptr (i64 @SYSCALL@ to ptr)(i64 202, ptr %reply_p, i64 1, i64 1, ptr null, ptr null, i64 0)
  br label %done
done:
  br label %idle
}

define void @exclave_lookup(ptr %unused, ptr %slots) {
entry:
  %n = load i64, ptr %slots, align 8
  %results = getelementptr i8, ptr %slots, i64 8
  %names = getelementptr i64, ptr %results, i64 %n
  br label %next
next:
  %i = phi i64 [0, %entry], [%i1, %skipped]
  %name = phi ptr [%names, %entry], [%after, %skipped]
  %more = icmp ult i64 %i, %n
  br i1 %more, label %find, label %out
find:
  %address = call ptr inttoptr (i64 @DLSYM@ to ptr)(ptr null, ptr %name)
  %place = getelementptr i64, ptr %results, i64 %i
  store ptr %address, ptr %place, align 8
  %i1 = add i64 %i, 1
  br label %skip
skip:
  %p = phi ptr [%name, %find], [%after, %skip]
  %c = load i8, ptr %p, align 1
  %after = getelementptr i8, ptr %p, i64 1
  %end = icmp eq i8 %c, 0
  br i1 %end, label %skipped, label %skip
skipped:
  br label %next
out:
  ret void
}

define void @exclave_run_actions(ptr %unused, ptr %slots) {
entry:
  %n = load i64, ptr %slots, align 8
  %done_p = getelementptr i8, ptr %slots, i64 8
  %result_p = getelementptr i8, ptr %slots, i64 16
  %records = getelementptr i8, ptr %slots, i64 24
  br label %next
next:
  %i = phi i64 [0, %entry], [%i1, %good]
  store i64 %i, ptr %done_p, align 8
  %more = icmp ult i64 %i, %n
  br i1 %more, label %record, label %out
record:
  %r = getelementptr [6 x i64], ptr %records, i64 %i
  %function = load ptr, ptr %r, align 8
  %checked_p = getelementptr i8, ptr %r, i64 8
  %checked = load i64, ptr %checked_p, align 8
  %a_p = getelementptr i8, ptr %r, i64 16
  %a = load i64, ptr %a_p, align 8
  %b_p = getelementptr i8, ptr %r, i64 24
  %b = load i64, ptr %b_p, align 8
  %absent = icmp eq ptr %function, null
  br i1 %absent, label %good, label %run
run:
  %result = call i64 %function(i64 %a, i64 %b)
  %bad = icmp ne i64 %result, 0
  %isc = icmp ne i64 %checked, 0
  %fail = and i1 %bad, %isc
  br i1 %fail, label %stop, label %good
good:
  %i1 = add i64 %i, 1
  br label %next
stop:
  store i64 %result, ptr %result_p, align 8
  br label %out
out:
  ret void
}

; adapter: i64 f(i64, i64)
define void @adapter(ptr %function, ptr %slots) {
  %a = load i64, ptr %slots, align 8
  %b_p = getelementptr i8, ptr %slots, i64 8
  %b = load i64, ptr %b_p, align 8
  %r = call i64 %function(i64 %a, i64 %b)
  store i64 %r, ptr %slots, align 8
  ret void
}

define i64 @add(i64 %a, i64 %b) {
  %r = add i64 %a, %b
  ret i64 %r
}

; stores b at address a
define i64 @poke(i64 %a, i64 %b) {
  %p = inttoptr i64 %a to ptr
  store volatile i64 %b, ptr %p, align 1
  ret i64 0
}

; appends b to the log at a: u64 count, then entries; returns b
define i64 @note(i64 %a, i64 %b) {
  %p = inttoptr i64 %a to ptr
  %n = load i64, ptr %p, align 8
  %n1 = add i64 %n, 1
  store i64 %n1, ptr %p, align 8
  %e = getelementptr i64, ptr %p, i64 %n1
  store i64 %b, ptr %e, align 8
  ret i64 %b
}

define i64 @forever(i64 %a, i64 %b) {
  %place = alloca i64
  br label %loop
loop:
  store volatile i64 1, ptr %place
  br label %loop
}

; a system call with two arguments: number a, argument b
define i64 @system(i64 %a, i64 %b) {
  %r = call i64 (i64, ...) inttoptr (i64 @SYSCALL@ to ptr)(i64 %a, i64 %b, i64 0, i64 0, i64 0, i64 0, i64 0)
  ret i64 %r
}

; mprotect(a, 4096, b)
define i64 @protect(i64 %a, i64 %b) {
  %r = call i64 (i64, ...) inttoptr (i64 @SYSCALL@ to ptr)(i64 10, i64 %a, i64 4096, i64 %b, i64 0, i64 0, i64 0)
  ret i64 %r
}

; munmap(a, b)
define i64 @unmap(i64 %a, i64 %b) {
  %r = call i64 (i64, ...) inttoptr (i64 @SYSCALL@ to ptr)(i64 11, i64 %a, i64 %b, i64 0, i64 0, i64 0, i64 0)
  ret i64 %r
}

; prints the C string at a, b times, through stdio
define i64 @print(i64 %a, i64 %b) {
entry:
  br label %next
next:
  %i = phi i64 [0, %entry], [%i1, %body]
  %more = icmp ult i64 %i, %b
  br i1 %more, label %body, label %out
body:
  %p = inttoptr i64 %a to ptr
  %r = call i32 inttoptr (i64 @PUTS@ to ptr)(ptr %p)
  %i1 = add i64 %i, 1
  br label %next
out:
  ret i64 %i
}

; counts up the word at a until it reaches b: two of them at once prove two lanes
define i64 @meet(i64 %a, i64 %b) {
entry:
  %p = inttoptr i64 %a to ptr
  %old = atomicrmw add ptr %p, i64 1 seq_cst
  br label %wait
wait:
  %now = load atomic i64, ptr %p seq_cst, align 8
  %enough = icmp uge i64 %now, %b
  br i1 %enough, label %out, label %wait
out:
  ret i64 %now
}

; writes value b over the whole lane that these slots belong to, and over its words (hostile)
define void @scribble(ptr %function, ptr %slots) {
  %lane = getelementptr i8, ptr %slots, i64 -256
  %reply = getelementptr i8, ptr %lane, i64 64
  %value = load i32, ptr %slots, align 4
  store atomic i32 %value, ptr %reply seq_cst, align 4
  %n = call i64 (i64, ...) inttoptr (i64 @SYSCALL@ to ptr)(i64 202, ptr %reply, i64 1, i64 1, ptr null, ptr null, i64 0)
  br label %loop
loop:
  store volatile i32 7, ptr %slots
  br label %loop
}

; wakes the caller for ever without a reply (hostile)
define void @pester(ptr %function, ptr %slots) {
  %lane = getelementptr i8, ptr %slots, i64 -256
  %reply = getelementptr i8, ptr %lane, i64 64
  br label %loop
loop:
  %n = call i64 (i64, ...) inttoptr (i64 @SYSCALL@ to ptr)(i64 202, ptr %reply, i64 1, i64 1, ptr null, ptr null, i64 0)
  br label %loop
}
