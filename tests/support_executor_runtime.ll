; A tiny session runtime for tests of the executor without the controller, and functions to call.
; @NAME@ stands for the address of a libc symbol: see compile_runtime in support_executor.py.

target triple = "x86_64-unknown-linux-gnu"

; What a lane's thread remembers is in the data zone, 4096 bytes for each lane: @STATE@ + 4096 * (lane number % 256):
;   0 i32 number of the last message taken, 8 ptr innermost jump point, 16 i32 its frame's end, 20 i32 exit code
define internal ptr @state_of(ptr %lane) {
  %at = ptrtoint ptr %lane to i64
  %number = lshr i64 %at, 16
  %index = and i64 %number, 255
  %offset = shl i64 %index, 12
  %place = add i64 %offset, @STATE@
  %p = inttoptr i64 %place to ptr
  ret ptr %p
}

define void @exclave_serve(ptr %lane) {
entry:
  br label %next
next:
  %kind = call i32 @next_message(ptr %lane)
  call void @run_call(ptr %lane)
  br label %next
}

; waits for a message, and returns its kind
define internal i32 @next_message(ptr %lane) {
entry:
  %state = call ptr @state_of(ptr %lane)
  %sleeping = getelementptr i8, ptr %lane, i64 4
  %kind_p = getelementptr i8, ptr %lane, i64 12
  %last = load i32, ptr %state, align 4
  br label %look
look:
  %request = load atomic i32, ptr %lane seq_cst, align 4
  %none = icmp eq i32 %request, %last
  br i1 %none, label %sleep, label %found
sleep:
  store atomic i32 1, ptr %sleeping seq_cst, align 4
  %w = call i64 (i64, ...) inttoptr (i64 @SYSCALL@ to ptr)(i64 202, ptr %lane, i64 0, i32 %last, ptr null, ptr null, i64 0)
  store atomic i32 0, ptr %sleeping seq_cst, align 4
  br label %look
found:
  store i32 %request, ptr %state, align 4
  %kind = load i32, ptr %kind_p, align 4
  ret i32 %kind
}

; answers the last message
define internal void @answer(ptr %lane, i32 %status) {
entry:
  %state = call ptr @state_of(ptr %lane)
  %number = load i32, ptr %state, align 4
  %reply_p = getelementptr i8, ptr %lane, i64 64
  %caller_p = getelementptr i8, ptr %lane, i64 68
  %status_p = getelementptr i8, ptr %lane, i64 72
  store i32 %status, ptr %status_p, align 4
  store atomic i32 %number, ptr %reply_p seq_cst, align 4
  %waits = load atomic i32, ptr %caller_p seq_cst, align 4
  %wake = icmp ne i32 %waits, 0
  br i1 %wake, label %notify, label %done
notify:
  %n = call i64 (i64, ...) inttoptr (i64 @SYSCALL@ to ptr)(i64 202, ptr %reply_p, i64 1, i64 1, ptr null, ptr null, i64 0)
  br label %done
done:
  ret void
}

; runs the call that was posted last, and answers it; longjmp with a status ends it
define internal void @run_call(ptr %lane) {
  %jump = alloca [512 x i8], align 16
  %outer_jump = alloca ptr
  %outer_end = alloca i32
  %state = call ptr @state_of(ptr %lane)
  %jump_p = getelementptr i8, ptr %state, i64 8
  %end_p = getelementptr i8, ptr %state, i64 16
  %code_p = getelementptr i8, ptr %state, i64 20
  %frame_p = getelementptr i8, ptr %lane, i64 16
  %frame_end_p = getelementptr i8, ptr %lane, i64 20
  %exit_code_p = getelementptr i8, ptr %lane, i64 76
  %old_jump = load ptr, ptr %jump_p
  %old_end = load i32, ptr %end_p
  store volatile ptr %old_jump, ptr %outer_jump
  store volatile i32 %old_end, ptr %outer_end
  %frame32 = load i32, ptr %frame_p, align 4
  %frame64 = zext i32 %frame32 to i64
  %frame = getelementptr i8, ptr %lane, i64 %frame64
  %function_p = getelementptr i8, ptr %frame, i64 8
  %slots = getelementptr i8, ptr %frame, i64 16
  %frame_end = load i32, ptr %frame_end_p, align 4
  %callee = load ptr, ptr %frame, align 8
  %function = load ptr, ptr %function_p, align 8
  store ptr %jump, ptr %jump_p
  store i32 %frame_end, ptr %end_p
  %jumped = call i32 inttoptr (i64 @_SETJMP@ to ptr)(ptr %jump) returns_twice
  %first = icmp eq i32 %jumped, 0
  br i1 %first, label %run, label %abandoned
run:
  call void %callee(ptr %function, ptr %slots)
  br label %done
abandoned:
  br label %done
done:
  %status = phi i32 [0, %run], [%jumped, %abandoned]
  %code = load i32, ptr %code_p
  store i32 %code, ptr %exit_code_p, align 4
  %jump_back = load volatile ptr, ptr %outer_jump
  %end_back = load volatile i32, ptr %outer_end
  store ptr %jump_back, ptr %jump_p
  store i32 %end_back, ptr %end_p
  %stdout = load ptr, ptr inttoptr (i64 @STDOUT@ to ptr), align 8
  %f = call i32 inttoptr (i64 @FFLUSH@ to ptr)(ptr %stdout)
  call void @answer(ptr %lane, i32 %status)
  ret void
}

; calls back with `size` bytes of slots, and copies the result back
define internal void @call_back(ptr %lane, i64 %id, ptr %slots, i64 %size) {
entry:
  %state = call ptr @state_of(ptr %lane)
  %jump_p = getelementptr i8, ptr %state, i64 8
  %end_p = getelementptr i8, ptr %state, i64 16
  %jump = load ptr, ptr %jump_p
  %begin32 = load i32, ptr %end_p
  %begin = zext i32 %begin32 to i64
  %behind = add i64 %begin, %size
  %large = icmp ugt i64 %behind, 65536
  br i1 %large, label %no_room, label %ask
no_room:
  call void inttoptr (i64 @LONGJMP@ to ptr)(ptr %jump, i32 4)
  unreachable
ask:
  %theirs = getelementptr i8, ptr %lane, i64 %begin
  %copy = call ptr inttoptr (i64 @MEMCPY@ to ptr)(ptr %theirs, ptr %slots, i64 %size)
  %callback_p = getelementptr i8, ptr %lane, i64 80
  %offset_p = getelementptr i8, ptr %lane, i64 88
  %size_p = getelementptr i8, ptr %lane, i64 92
  %size32 = trunc i64 %size to i32
  store i64 %id, ptr %callback_p, align 8
  store i32 %begin32, ptr %offset_p, align 4
  store i32 %size32, ptr %size_p, align 4
  call void @answer(ptr %lane, i32 2)
  br label %wait
wait:
  %kind = call i32 @next_message(ptr %lane)
  switch i32 %kind, label %unwind [ i32 0, label %nested i32 1, label %resume ]
nested:
  call void @run_call(ptr %lane)
  br label %wait
resume:
  %back = call ptr inttoptr (i64 @MEMCPY@ to ptr)(ptr %slots, ptr %theirs, i64 %size)
  ret void
unwind:
  call void inttoptr (i64 @LONGJMP@ to ptr)(ptr %jump, i32 3)
  unreachable
}

; a callback of a thread that has no lane: on the dispatch lane, with one slot
define internal i64 @dispatch(ptr %lane, i64 %id, i64 %value) {
entry:
  %state = call ptr @state_of(ptr %lane)
  %reply_p = getelementptr i8, ptr %lane, i64 64
  %last = load i32, ptr %state, align 4
  %reply = load i32, ptr %reply_p, align 4
  %taken = icmp eq i32 %last, %reply
  br i1 %taken, label %get_ready, label %ask
get_ready:
  %ready = call i32 @next_message(ptr %lane)
  br label %ask
ask:
  %callback_p = getelementptr i8, ptr %lane, i64 80
  %offset_p = getelementptr i8, ptr %lane, i64 88
  %size_p = getelementptr i8, ptr %lane, i64 92
  %slot = getelementptr i8, ptr %lane, i64 256
  store i64 %value, ptr %slot, align 8
  store i64 %id, ptr %callback_p, align 8
  store i32 256, ptr %offset_p, align 4
  store i32 8, ptr %size_p, align 4
  call void @answer(ptr %lane, i32 2)
  %kind = call i32 @next_message(ptr %lane)
  %resumed = icmp eq i32 %kind, 1
  %result = load i64, ptr %slot, align 8
  %given = select i1 %resumed, i64 %result, i64 0
  ret i64 %given
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

; adapter: i64 f(i64, i64), which may ask for its lane too: slots are in it, and it lies at a multiple of its size
define void @adapter(ptr %function, ptr %slots) {
  %a = load i64, ptr %slots, align 8
  %b_p = getelementptr i8, ptr %slots, i64 8
  %b = load i64, ptr %b_p, align 8
  %at = ptrtoint ptr %slots to i64
  %lane_at = and i64 %at, -65536
  %lane = inttoptr i64 %lane_at to ptr
  %r = call i64 %function(i64 %a, i64 %b, ptr %lane)
  store i64 %r, ptr %slots, align 8
  ret void
}

; callback a, with the slots b and b + 1; returns its result
define i64 @ask(i64 %a, i64 %b, ptr %lane) {
  %slots = alloca [2 x i64]
  store i64 %b, ptr %slots
  %second = getelementptr i64, ptr %slots, i64 1
  %b1 = add i64 %b, 1
  store i64 %b1, ptr %second
  call void @call_back(ptr %lane, i64 %a, ptr %slots, i64 16)
  %r = load i64, ptr %slots
  ret i64 %r
}

; callback a with b and then with the first result; returns the second one
define i64 @ask_twice(i64 %a, i64 %b, ptr %lane) {
  %slot = alloca i64
  store i64 %b, ptr %slot
  call void @call_back(ptr %lane, i64 %a, ptr %slot, i64 8)
  call void @call_back(ptr %lane, i64 %a, ptr %slot, i64 8)
  %r = load i64, ptr %slot
  ret i64 %r
}

; callback a with b bytes of slots
define i64 @ask_large(i64 %a, i64 %b, ptr %lane) {
  call void @call_back(ptr %lane, i64 %a, ptr inttoptr (i64 @STATE@ to ptr), i64 %b)
  ret i64 1
}

; callback 1 on the lane at a, for alloc actions, which are not told their lane
define i64 @ask_on(i64 %a, i64 %b) {
  %slot = alloca i64
  %lane = inttoptr i64 %a to ptr
  call void @call_back(ptr %lane, i64 1, ptr %slot, i64 8)
  ret i64 0
}

; exit(a)
define i64 @leave(i64 %a, i64 %b, ptr %lane) {
  %state = call ptr @state_of(ptr %lane)
  %jump_p = getelementptr i8, ptr %state, i64 8
  %code_p = getelementptr i8, ptr %state, i64 20
  %jump = load ptr, ptr %jump_p
  %code = trunc i64 %a to i32
  store i32 %code, ptr %code_p
  call void inttoptr (i64 @LONGJMP@ to ptr)(ptr %jump, i32 1)
  unreachable
}

; starts a thread, which calls back on the dispatch lane at a with the value b; 1000 + its result, or -error
define i64 @from_thread(i64 %a, i64 %b) {
entry:
  %thread = alloca i64
  %what = alloca [2 x i64]
  store i64 %a, ptr %what
  %value_p = getelementptr i64, ptr %what, i64 1
  store i64 %b, ptr %value_p
  %error = call i32 inttoptr (i64 @PTHREAD_CREATE@ to ptr)(ptr %thread, ptr null, ptr @thread_main, ptr %what)
  %bad = icmp ne i32 %error, 0
  br i1 %bad, label %failed, label %join
failed:
  %error64 = zext i32 %error to i64
  %minus = sub i64 0, %error64
  ret i64 %minus
join:
  %handle = load i64, ptr %thread
  %j = call i32 inttoptr (i64 @PTHREAD_JOIN@ to ptr)(i64 %handle, ptr null)
  %result = load i64, ptr %value_p
  %r = add i64 %result, 1000
  ret i64 %r
}

define internal ptr @thread_main(ptr %what) {
entry:
  %value_p = getelementptr i64, ptr %what, i64 1
  %lane = load ptr, ptr %what
  %value = load i64, ptr %value_p
  %none = icmp eq ptr %lane, null
  br i1 %none, label %out, label %ask
ask:
  %result = call i64 @dispatch(ptr %lane, i64 77, i64 %value)
  store i64 %result, ptr %value_p
  br label %out
out:
  ret ptr null
}

; starts up to a threads that wait until all are there; returns how many could be started
define i64 @many_threads(i64 %a, i64 %b) {
entry:
  %thread = alloca i64
  %stop = alloca i64
  store i64 0, ptr %stop
  br label %next
next:
  %i = phi i64 [0, %entry], [%i1, %good]
  %enough = icmp uge i64 %i, %a
  br i1 %enough, label %out, label %start
start:
  %error = call i32 inttoptr (i64 @PTHREAD_CREATE@ to ptr)(ptr %thread, ptr null, ptr @thread_wait, ptr %stop)
  %bad = icmp ne i32 %error, 0
  %i1 = add i64 %i, 1
  br i1 %bad, label %out, label %good
good:
  br label %next
out:
  %started = phi i64 [%i, %next], [%i, %start]
  store atomic i64 1, ptr %stop seq_cst, align 8
  br label %drain
drain:
  %gone = load atomic i64, ptr %stop seq_cst, align 8
  %all = add i64 %started, 1
  %done = icmp uge i64 %gone, %all
  br i1 %done, label %end, label %drain
end:
  ret i64 %started
}

define internal ptr @thread_wait(ptr %stop) {
entry:
  br label %wait
wait:
  %now = load atomic i64, ptr %stop seq_cst, align 8
  %go = icmp ne i64 %now, 0
  br i1 %go, label %out, label %wait
out:
  %old = atomicrmw add ptr %stop, i64 1 seq_cst
  ret ptr null
}

; reads up to b bytes from descriptor 0 to a; returns how many
define i64 @read_input(i64 %a, i64 %b) {
  %r = call i64 (i64, ...) inttoptr (i64 @SYSCALL@ to ptr)(i64 0, i64 0, i64 %a, i64 %b, i64 0, i64 0, i64 0)
  ret i64 %r
}

; the result of callback a on the dispatch lane at b, from a lane's own thread
define i64 @dispatch_from_lane(i64 %a, i64 %b) {
  %lane = inttoptr i64 %b to ptr
  %r = call i64 @dispatch(ptr %lane, i64 %a, i64 5)
  ret i64 %r
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

; answers every message with the words that its slots have (hostile): u32 status, u32 exit code, u64 callback,
; u32 offset, u32 size, u32 how much the reply's number is off, u32 value of caller_sleeping
define void @lie(ptr %function, ptr %slots) {
  %lane = getelementptr i8, ptr %slots, i64 -256
  call void @lie_on(ptr %lane, ptr %slots)
  ret void
}

; the same on another lane: its address, then the words
define void @lie_at(ptr %function, ptr %slots) {
  %lane = load ptr, ptr %slots
  %words = getelementptr i8, ptr %slots, i64 8
  call void @lie_on(ptr %lane, ptr %words)
  ret void
}

define internal void @lie_on(ptr %lane, ptr %slots) {
entry:
  %reply_p = getelementptr i8, ptr %lane, i64 64
  %status_p = getelementptr i8, ptr %lane, i64 72
  %copy = alloca [32 x i8], align 8
  %c = call ptr inttoptr (i64 @MEMCPY@ to ptr)(ptr %copy, ptr %slots, i64 32)
  %off_p = getelementptr i8, ptr %copy, i64 24
  %off = load i32, ptr %off_p
  br label %say
say:
  %request = load atomic i32, ptr %lane seq_cst, align 4
  %s = call ptr inttoptr (i64 @MEMCPY@ to ptr)(ptr %status_p, ptr %copy, i64 24)
  %number = add i32 %request, %off
  store atomic i32 %number, ptr %reply_p seq_cst, align 4
  %n = call i64 (i64, ...) inttoptr (i64 @SYSCALL@ to ptr)(i64 202, ptr %reply_p, i64 1, i64 1, ptr null, ptr null, i64 0)
  br label %wait
wait:
  %now = load atomic i32, ptr %lane seq_cst, align 4
  %news = icmp ne i32 %now, %request
  br i1 %news, label %say, label %wait
}

; fills the whole lane with the byte that its first slot has, wakes everybody, for ever (hostile)
define void @flood(ptr %function, ptr %slots) {
entry:
  %lane = getelementptr i8, ptr %slots, i64 -256
  %reply_p = getelementptr i8, ptr %lane, i64 64
  %value = load i8, ptr %slots
  %value32 = zext i8 %value to i32
  br label %loop
loop:
  %m = call ptr inttoptr (i64 @MEMSET@ to ptr)(ptr %lane, i32 %value32, i64 65536)
  %n = call i64 (i64, ...) inttoptr (i64 @SYSCALL@ to ptr)(i64 202, ptr %reply_p, i64 1, i64 1000, ptr null, ptr null, i64 0)
  br label %loop
}

; flushes nothing, makes the barrier, and counts its calls at @STATE@ + 64, the ranges that it was given at + 72
define void @exclave_flush_code(ptr %unused, ptr %slots) {
entry:
  %n = load i64, ptr %slots, align 8
  %error_p = getelementptr i8, ptr %slots, i64 8
  %calls_at = add i64 @STATE@, 64
  %calls_p = inttoptr i64 %calls_at to ptr
  %calls = load i64, ptr %calls_p, align 8
  %calls1 = add i64 %calls, 1
  store i64 %calls1, ptr %calls_p, align 8
  %ranges_at = add i64 @STATE@, 72
  %ranges_p = inttoptr i64 %ranges_at to ptr
  store i64 %n, ptr %ranges_p, align 8
  %r = call i64 (i64, ...) inttoptr (i64 @SYSCALL@ to ptr)(i64 324, i64 32, i64 0, i64 0)
  store i64 %r, ptr %error_p, align 8
  ret void
}
