; What the tests of the session runtime run in it.

@text.flush = internal constant [11 x i8] c"unflushed \00"
@text.main = internal constant [19 x i8] c"main %d %s %s env\0A\00"
@text.handler = internal constant [12 x i8] c"handler %d\0A\00"
@text.inner = internal constant [7 x i8] c"inner\0A\00"
@text.outer = internal constant [7 x i8] c"outer\0A\00"

@trace = global [16 x i64] zeroinitializer
@traced = global i64 0
@gate = global i32 0

declare i32 @printf(ptr, ...)
declare i32 @atexit(ptr)
declare i32 @__cxa_atexit(ptr, ptr, ptr)
declare void @exit(i32)
declare void @exclave_run_main(ptr, ptr)
declare i32 @pthread_create(ptr, ptr, ptr, ptr)
declare i32 @pthread_join(i64, ptr)

@__dso_handle = external hidden global ptr

define void @note(i64 %value) {
  %n = load i64, ptr @traced
  %p = getelementptr [16 x i64], ptr @trace, i64 0, i64 %n
  store i64 %value, ptr %p
  %m = add i64 %n, 1
  store i64 %m, ptr @traced
  ret void
}

define i32 @add(i32 %a, i32 %b) {
  %c = add i32 %a, %b
  ret i32 %c
}

define void @exits(i32 %code) {
  %r = call i32 (ptr, ...) @printf(ptr @text.flush)
  call void @exits_deeper(i32 %code)
  ret void
}

define internal void @exits_deeper(i32 %code) noinline {
  %space = alloca [4096 x i8]
  store volatile i8 1, ptr %space
  call void @exit(i32 %code)
  unreachable
}

define void @prints() {
  %r = call i32 (ptr, ...) @printf(ptr @text.flush)
  ret void
}

define void @handler(ptr %number) {
  %n = ptrtoint ptr %number to i64
  call void @note(i64 %n)
  %r = call i32 (ptr, ...) @printf(ptr @text.handler, i64 %n)
  ret void
}

define void @handler_77() {
  call void @handler(ptr inttoptr (i64 77 to ptr))
  ret void
}

define void @handler_that_exits() {
  call void @note(i64 99)
  call void @exit(i32 9)
  ret void
}

define void @handler_that_registers() {
  call void @note(i64 50)
  call void @register(i64 51)
  ret void
}

define void @register(i64 %number) {
  %p = inttoptr i64 %number to ptr
  %r = call i32 @__cxa_atexit(ptr @handler, ptr %p, ptr @__dso_handle)
  ret void
}

define i32 @main(i32 %argc, ptr %argv, ptr %envp) {
  call void @register(i64 1)
  call void @register(i64 2)
  %a = call i32 @atexit(ptr @handler_77)
  %p1 = getelementptr ptr, ptr %argv, i64 1
  %s0 = load ptr, ptr %argv
  %s1 = load ptr, ptr %p1
  %r = call i32 (ptr, ...) @printf(ptr @text.main, i32 %argc, ptr %s0, ptr %s1)
  ret i32 3
}

define i32 @main_that_exits(i32 %argc, ptr %argv, ptr %envp) {
  call void @register(i64 1)
  %a = call i32 @atexit(ptr @handler_that_exits)
  call void @register(i64 2)
  call void @exits(i32 7)
  ret i32 3
}

define i32 @main_that_registers_late(i32 %argc, ptr %argv, ptr %envp) {
  call void @register(i64 1)
  %a = call i32 @atexit(ptr @handler_that_registers)
  ret i32 -1
}

define i32 @inner(i32 %argc, ptr %argv, ptr %envp) {
  call void @register(i64 2)
  %r = call i32 (ptr, ...) @printf(ptr @text.inner)
  ret i32 20
}

define i32 @inner_that_exits(i32 %argc, ptr %argv, ptr %envp) {
  call void @register(i64 2)
  call void @exit(i32 21)
  unreachable
}

define internal i64 @run(ptr %main) {
  %slots = alloca [4 x i64]
  store [4 x i64] zeroinitializer, ptr %slots
  call void @exclave_run_main(ptr %main, ptr %slots)
  %status = load i64, ptr %slots
  ret i64 %status
}

define i32 @outer(i32 %argc, ptr %argv, ptr %envp) {
  call void @register(i64 1)
  %status = call i64 @run(ptr @inner)
  call void @note(i64 %status)
  call void @register(i64 3)
  ret i32 10
}

define i32 @outer_of_one_that_exits(i32 %argc, ptr %argv, ptr %envp) {
  call void @register(i64 1)
  %status = call i64 @run(ptr @inner_that_exits)
  call void @note(i64 1000)
  ret i32 10
}

define i64 @action(i64 %a, i64 %b, i64 %c, i64 %d) {
  %ab = mul i64 %a, 1000
  %cd = add i64 %c, %d
  %bcd = add i64 %b, %cd
  %all = add i64 %ab, %bcd
  call void @note(i64 %all)
  ret i64 %d
}

define void @initializer_1(i32 %argc, ptr %argv, ptr %envp) {
  %first = load ptr, ptr %argv
  %env = load ptr, ptr %envp
  %a = ptrtoint ptr %first to i64
  %e = ptrtoint ptr %env to i64
  %n = zext i32 %argc to i64
  %ae = or i64 %a, %e
  %nae = or i64 %ae, %n
  %seen = add i64 %nae, 1
  call void @note(i64 %seen)
  ret void
}

define void @initializer_2() {
  call void @note(i64 2)
  ret void
}

@initializers = global [4 x ptr] [ptr @initializer_1, ptr null, ptr inttoptr (i64 -1 to ptr), ptr @initializer_2]

; Blocks until somebody opens the gate.
define i32 @waits_at_the_gate() {
  br label %look
look:
  %open = load atomic i32, ptr @gate acquire, align 4
  %closed = icmp eq i32 %open, 0
  br i1 %closed, label %look, label %through
through:
  ret i32 %open
}

define internal ptr @exiting_thread(ptr %unused) {
  %r = call i32 (ptr, ...) @printf(ptr @text.flush)
  call void @exit(i32 5)
  ret ptr null
}

define void @exits_in_a_thread() {
  %thread = alloca i64
  %r = call i32 @pthread_create(ptr %thread, ptr null, ptr @exiting_thread, ptr null)
  %t = load i64, ptr %thread
  %j = call i32 @pthread_join(i64 %t, ptr null)
  ret void
}

; Callbacks: what a stub does, by hand.

@exclave_dispatch_lane = global [65536 x i8] zeroinitializer, align 64
@exclave_fault_record = global [65536 x i8] zeroinitializer, align 64
@noted = global i64 0

declare void @exclave_callback(i64, ptr, i64)
declare ptr @exclave_jit_dispatch(i64, ptr, i64, ptr)
declare void @free(ptr)

; callback `id` with one argument, and its result
define i32 @calls_back(i32 %id, i32 %argument) {
  %slots = alloca [2 x i64], align 16
  %wide = sext i32 %argument to i64
  %id.wide = zext i32 %id to i64
  store i64 %wide, ptr %slots
  call void @exclave_callback(i64 %id.wide, ptr %slots, i64 16)
  %result = load i32, ptr %slots
  %more = add i32 %result, 1
  ret i32 %more
}

define i32 @calls_back_with_too_much(i32 %id, i32 %size) {
  %slots = alloca [8192 x i64], align 16
  %size.wide = zext i32 %size to i64
  %id.wide = zext i32 %id to i64
  call void @exclave_callback(i64 %id.wide, ptr %slots, i64 %size.wide)
  ret i32 0
}

; a main that is abandoned by its callback, with an exit handler that must not run
define i32 @main_that_calls_back(i32 %argc, ptr %argv) {
  call void @register(i64 60)
  %r = call i32 @calls_back(i32 5, i32 %argc)
  ret i32 %r
}

; argument: what the callback gets; in a thread that serves no lane
define void @calls_back_elsewhere(ptr %argument) {
  %wide = ptrtoint ptr %argument to i64
  %narrow = trunc i64 %wide to i32
  %r = call i32 @calls_back(i32 8, i32 %narrow)
  %r.wide = sext i32 %r to i64
  store atomic i64 %r.wide, ptr @noted seq_cst, align 8
  ret void
}

; sends `size` bytes to handler `tag`, returns the sum of the bytes of its answer
define i32 @dispatches(i32 %tag, i32 %size) {
entry:
  %got = alloca i64
  %tag.wide = zext i32 %tag to i64
  %size.wide = zext i32 %size to i64
  %answer = call ptr @exclave_jit_dispatch(i64 %tag.wide, ptr @message, i64 %size.wide, ptr %got)
  %n = load i64, ptr %got
  br label %check
check:
  %i = phi i64 [ 0, %entry ], [ %i.next, %add ]
  %sum = phi i32 [ 0, %entry ], [ %sum.next, %add ]
  %more = icmp ult i64 %i, %n
  br i1 %more, label %add, label %done
add:
  %p = getelementptr i8, ptr %answer, i64 %i
  %byte = load i8, ptr %p
  %wide = zext i8 %byte to i32
  %sum.next = add i32 %sum, %wide
  %i.next = add i64 %i, 1
  br label %check
done:
  call void @free(ptr %answer)
  ret i32 %sum
}

@message = global [20000 x i8] zeroinitializer
