; The call loop: one thread of the worker serves one lane, for ever.
;
; Lane (little endian; ../../../../executor/exclave/executor/lane.py is the other side):
;   0x000 i32 request          written last by the caller; the worker's futex word
;   0x004 i32 worker_sleeping  1 while the worker waits in the futex
;   0x008 i32 spin             how often the worker looks before it sleeps
;   0x010 i64 entry            void entry(ptr function, ptr slots)
;   0x018 i64 function         entry's first argument
;   0x040 i32 reply            written last by the worker; the caller's futex word
;   0x044 i32 caller_sleeping  1 while the caller waits in the futex
;   0x048 i32 status           0 returned, 1 exit() was called
;   0x04c i32 exit_code        exit()'s argument
;   0x100     slots            arguments in, result out
;
; Portable: no inline assembly (LLVM assembles it for its host only), so system calls go through libc's syscall(),
; jumps through its _setjmp() and longjmp(). All is nounwind: no unwind tables before anybody can register them.

; What a thread remembers of the call that it is in. exit.ll and main.ll have the same type.
;   jump point (glibc's jmp_buf is 200 to 512 bytes), exit()'s argument, in a call, the innermost run_main or null
%Context = type { [512 x i8], i32, i32, ptr }

@exclave_context_key = hidden global i32 0
@prepared = internal global i32 0

@exclave_futex_number = external hidden constant i64
@stdout = external global ptr

declare i32 @pthread_once(ptr, ptr)
declare i32 @pthread_key_create(ptr, ptr)
declare i32 @pthread_setspecific(i32, ptr)
declare i32 @_setjmp(ptr) returns_twice
declare i32 @fflush(ptr)
declare i64 @syscall(i64, ...)

declare hidden void @exclave_copy_streams()

define internal void @prepare() nounwind {
  call void @exclave_copy_streams()
  %r = call i32 @pthread_key_create(ptr @exclave_context_key, ptr null)
  ret void
}

define void @exclave_serve(ptr %lane) noreturn nounwind {
entry:
  %context = alloca %Context, align 16
  %exit_code.p = getelementptr %Context, ptr %context, i32 0, i32 1
  %in_call.p = getelementptr %Context, ptr %context, i32 0, i32 2
  %program.p = getelementptr %Context, ptr %context, i32 0, i32 3
  %entry.p = getelementptr i8, ptr %lane, i64 16
  %function.p = getelementptr i8, ptr %lane, i64 24
  %slots = getelementptr i8, ptr %lane, i64 256
  store volatile i32 0, ptr %in_call.p
  store volatile ptr null, ptr %program.p
  %once = call i32 @pthread_once(ptr @prepared, ptr @prepare)
  %key = load i32, ptr @exclave_context_key
  %set = call i32 @pthread_setspecific(i32 %key, ptr %context)
  br label %idle

; Wait for a request, and copy what it says: the lane may be scribbled over by the call itself.
idle:
  %last = phi i32 [ 0, %entry ], [ %number, %done ]
  %number = call i32 @wait_for_request(ptr %lane, i32 %last)
  %callee = load volatile ptr, ptr %entry.p
  %function = load volatile ptr, ptr %function.p
  store volatile i32 1, ptr %in_call.p
  %jumped = call i32 @_setjmp(ptr %context) returns_twice
  %first = icmp eq i32 %jumped, 0
  br i1 %first, label %run, label %exited

run:
  call void %callee(ptr %function, ptr %slots)
  br label %done

; exit() jumped here.
exited:
  %code = load volatile i32, ptr %exit_code.p
  br label %done

; What the call printed must be out before its reply is in: the caller reads it when it sees the reply.
done:
  %status = phi i32 [ 0, %run ], [ 1, %exited ]
  %exit_code = phi i32 [ 0, %run ], [ %code, %exited ]
  store volatile i32 0, ptr %in_call.p
  store volatile ptr null, ptr %program.p
  %out = load ptr, ptr @stdout
  %flushed = call i32 @fflush(ptr %out)
  call void @post_reply(ptr %lane, i32 %number, i32 %status, i32 %exit_code)
  br label %idle
}

; The next request's number: look `spin` times (at most a million: the lane is writable by anybody here), then sleep.
define internal i32 @wait_for_request(ptr %lane, i32 %last) nounwind {
entry:
  %spin.p = getelementptr i8, ptr %lane, i64 8
  %sleeping.p = getelementptr i8, ptr %lane, i64 4
  %spin.raw = load atomic i32, ptr %spin.p monotonic, align 4
  %too_many = icmp ugt i32 %spin.raw, 1000000
  %spin = select i1 %too_many, i32 1000000, i32 %spin.raw
  br label %look

look:
  %i = phi i32 [ 0, %entry ], [ %i.next, %again ]
  %seen = load atomic i32, ptr %lane acquire, align 4
  %news = icmp ne i32 %seen, %last
  br i1 %news, label %found, label %again
again:
  %i.next = add i32 %i, 1
  %more = icmp ult i32 %i.next, %spin
  br i1 %more, label %look, label %sleep

; Say that we sleep, look once more, sleep; whoever posts looks at the word after it has written the request.
sleep:
  store atomic i32 1, ptr %sleeping.p seq_cst, align 4
  %seen.last = load atomic i32, ptr %lane seq_cst, align 4
  %news.last = icmp ne i32 %seen.last, %last
  br i1 %news.last, label %awake, label %wait
wait:
  %futex = load i64, ptr @exclave_futex_number
  ; FUTEX_WAIT = 0, shared: the other side is another process
  %r = call i64 (i64, ...) @syscall(i64 %futex, ptr %lane, i32 0, i32 %last, ptr null, ptr null, i32 0)
  br label %sleep
awake:
  store atomic i32 0, ptr %sleeping.p seq_cst, align 4
  br label %found

found:
  %number = phi i32 [ %seen, %look ], [ %seen.last, %awake ]
  ret i32 %number
}

; Status first, the reply's number last; then wake the caller, if it sleeps.
define internal void @post_reply(ptr %lane, i32 %number, i32 %status, i32 %exit_code) nounwind {
  %reply.p = getelementptr i8, ptr %lane, i64 64
  %sleeping.p = getelementptr i8, ptr %lane, i64 68
  %status.p = getelementptr i8, ptr %lane, i64 72
  %exit_code.p = getelementptr i8, ptr %lane, i64 76
  store volatile i32 %status, ptr %status.p
  store volatile i32 %exit_code, ptr %exit_code.p
  store atomic i32 %number, ptr %reply.p seq_cst, align 4
  %sleeping = load atomic i32, ptr %sleeping.p seq_cst, align 4
  %asleep = icmp ne i32 %sleeping, 0
  br i1 %asleep, label %wake, label %end
wake:
  %futex = load i64, ptr @exclave_futex_number
  ; FUTEX_WAKE = 1
  %r = call i64 (i64, ...) @syscall(i64 %futex, ptr %reply.p, i32 1, i32 1, ptr null, ptr null, i32 0)
  br label %end
end:
  ret void
}
