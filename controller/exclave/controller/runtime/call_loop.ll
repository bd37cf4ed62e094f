; The call loop: one thread of the worker serves one lane, for ever.
;
; Lane (little endian; ../../../../executor/exclave/executor/lane.py and caller.ll are the other side):
;   0x000 i32 request          number of the last message to us; written last by the caller; our futex word
;   0x004 i32 worker_sleeping  1 while we wait in the futex
;   0x008 i32 spin             how often we look before we sleep
;   0x00c i32 kind             of the message: 0 CALL, 1 RESUME, 2 UNWIND, 3 ACT (a call from a control lane)
;   0x010 i32 frame            CALL: where its frame begins: entry i64, function i64, slots
;   0x014 i32 frame_end        CALL: the first byte behind it
;   0x040 i32 reply            number of the message that this answers; written last by us; the caller's futex word
;   0x044 i32 caller_sleeping  1 while the caller waits in the futex
;   0x048 i32 status           0 RETURNED, 1 EXITED, 2 CALLBACK, 3 UNWOUND, 4 NO_ROOM
;   0x04c i32 exit_code        EXITED: exit()'s argument
;   0x050 i64 callback, 0x058 i32 slots_offset, 0x05c i32 slots_size: CALLBACK (callback.ll)
;
; Each message is answered once. While a callback waits to be resumed, calls may come: they run on top of it, so that
; calls nest in both directions. What lies in the lane is copied before it is used: the call itself may scribble on it.
;
; Portable: no inline assembly (LLVM assembles it for its host only), so system calls go through libc's syscall(),
; jumps through its _setjmp() and longjmp(). All is nounwind: no unwind tables before anybody can register them.

; What a thread remembers of its lane: the lane, the last message's number, the first free byte behind the innermost
; frame, the innermost call or null, the innermost run_main in it or null. callback.ll, exit.ll and main.ll have it too.
%Context = type { ptr, i32, i32, ptr, ptr }
; A call that runs: jump point (glibc's jmp_buf is 200 to 512 bytes), exit()'s argument; and what is restored when it
; ends: the call that it is nested in, its run_main, its first free byte. And its frame, for fault.ll.
%Call = type { [512 x i8], i32, ptr, ptr, i32, ptr }

; no key at first: nothing is found under it
@exclave_context_key = hidden global i32 -1
@prepared = internal global i32 0
@stdout = external global ptr

declare i32 @pthread_once(ptr, ptr)
declare i32 @pthread_key_create(ptr, ptr)
declare i32 @pthread_setspecific(i32, ptr)
declare i32 @_setjmp(ptr) returns_twice
declare void @longjmp(ptr, i32) noreturn
declare i32 @fflush(ptr)
declare void @_exit(i32) noreturn
declare hidden i32 @exclave_await_message(ptr, i32)
declare hidden void @exclave_post_answer(ptr, i32, i32)
declare hidden void @exclave_drop_handlers_of(ptr)

declare hidden void @exclave_copy_streams()
declare hidden void @exclave_watch_faults()
declare hidden void @exclave_watch_stack(ptr, i64)

define internal void @prepare() nounwind {
  call void @exclave_copy_streams()
  call void @exclave_watch_faults()
  %r = call i32 @pthread_key_create(ptr @exclave_context_key, ptr null)
  ret void
}

define void @exclave_serve(ptr %lane) noreturn nounwind {
entry:
  %context = alloca %Context, align 16
  %signal_stack = alloca [32768 x i8], align 16
  store %Context zeroinitializer, ptr %context
  store ptr %lane, ptr %context
  %once = call i32 @pthread_once(ptr @prepared, ptr @prepare)
  %key = load i32, ptr @exclave_context_key
  %set = call i32 @pthread_setspecific(i32 %key, ptr %context)
  call void @exclave_watch_stack(ptr %signal_stack, i64 32768)
  br label %next

; Between calls there is nothing to resume: a caller that says so has lost count, and no answer would help it.
next:
  %kind = call i32 @exclave_next_message(ptr %context)
  %resumes = icmp eq i32 %kind, 1
  %unwinds = icmp eq i32 %kind, 2
  %lost = or i1 %resumes, %unwinds
  br i1 %lost, label %broken, label %run
run:
  call void @exclave_run_call(ptr %context)
  br label %next
broken:
  call void @_exit(i32 72)
  unreachable
}

; Wait for the next message, and return its kind.
define hidden i32 @exclave_next_message(ptr %context) nounwind {
  %number.p = getelementptr %Context, ptr %context, i32 0, i32 1
  %lane = load ptr, ptr %context
  %last = load i32, ptr %number.p
  %number = call i32 @exclave_await_message(ptr %lane, i32 %last)
  store i32 %number, ptr %number.p
  %kind.p = getelementptr i8, ptr %lane, i64 12
  %kind = load volatile i32, ptr %kind.p
  ret i32 %kind
}

; Answer the last message.
define hidden void @exclave_answer(ptr %context, i32 %status) nounwind {
  %number.p = getelementptr %Context, ptr %context, i32 0, i32 1
  %lane = load ptr, ptr %context
  %number = load i32, ptr %number.p
  call void @exclave_post_answer(ptr %lane, i32 %number, i32 %status)
  ret void
}

; Make the call that the last message asks for, and answer it.
define hidden void @exclave_run_call(ptr %context) nounwind {
entry:
  %call = alloca %Call, align 16
  %status.p = alloca i32
  %exit_code.p = getelementptr %Call, ptr %call, i32 0, i32 1
  %lane = load ptr, ptr %context
  %frame.p = getelementptr i8, ptr %lane, i64 16
  %frame_end.p = getelementptr i8, ptr %lane, i64 20
  %frame.offset = load volatile i32, ptr %frame.p
  %frame_end = load volatile i32, ptr %frame_end.p
  %frame.wide = zext i32 %frame.offset to i64
  %frame = getelementptr i8, ptr %lane, i64 %frame.wide
  %function.p = getelementptr i8, ptr %frame, i64 8
  %slots = getelementptr i8, ptr %frame, i64 16
  %entry.address = load volatile ptr, ptr %frame
  %function = load volatile ptr, ptr %function.p
  call void @enter(ptr %context, ptr %call, ptr %frame, i32 %frame_end)
  store volatile i32 0, ptr %status.p
  %jumped = call i32 @_setjmp(ptr %call) returns_twice
  %first = icmp eq i32 %jumped, 0
  br i1 %first, label %run, label %abandoned

run:
  call void %entry.address(ptr %function, ptr %slots)
  br label %done

; Somebody jumped here, with the status to answer: exit.ll with EXITED, callback.ll with UNWOUND or NO_ROOM.
abandoned:
  store volatile i32 %jumped, ptr %status.p
  br label %done

; What the call printed must be out before its answer is in: the caller reads it when it sees the answer.
done:
  %out = load ptr, ptr @stdout
  %flushed = call i32 @fflush(ptr %out)
  %exit_code = load volatile i32, ptr %exit_code.p
  %exit_code.word = getelementptr i8, ptr %lane, i64 76
  store volatile i32 %exit_code, ptr %exit_code.word
  call void @leave(ptr %context, ptr %call)
  %status = load volatile i32, ptr %status.p
  call void @exclave_answer(ptr %context, i32 %status)
  ret void
}

; The call is the innermost one now, and runs no main yet.
define internal void @enter(ptr %context, ptr %call, ptr %frame, i32 %frame_end) nounwind {
  %top.p = getelementptr %Context, ptr %context, i32 0, i32 2
  %innermost.p = getelementptr %Context, ptr %context, i32 0, i32 3
  %program.p = getelementptr %Context, ptr %context, i32 0, i32 4
  %exit_code.p = getelementptr %Call, ptr %call, i32 0, i32 1
  %outer.p = getelementptr %Call, ptr %call, i32 0, i32 2
  %outer_program.p = getelementptr %Call, ptr %call, i32 0, i32 3
  %outer_top.p = getelementptr %Call, ptr %call, i32 0, i32 4
  %frame.p = getelementptr %Call, ptr %call, i32 0, i32 5
  %outer = load volatile ptr, ptr %innermost.p
  %outer_program = load volatile ptr, ptr %program.p
  %outer_top = load volatile i32, ptr %top.p
  store volatile ptr %frame, ptr %frame.p
  store volatile i32 0, ptr %exit_code.p
  store volatile ptr %outer, ptr %outer.p
  store volatile ptr %outer_program, ptr %outer_program.p
  store volatile i32 %outer_top, ptr %outer_top.p
  store volatile ptr %call, ptr %innermost.p
  store volatile ptr null, ptr %program.p
  store volatile i32 %frame_end, ptr %top.p
  ret void
}

; It is over, however it ended.
define internal void @leave(ptr %context, ptr %call) nounwind {
  %top.p = getelementptr %Context, ptr %context, i32 0, i32 2
  %innermost.p = getelementptr %Context, ptr %context, i32 0, i32 3
  %program.p = getelementptr %Context, ptr %context, i32 0, i32 4
  %outer.p = getelementptr %Call, ptr %call, i32 0, i32 2
  %outer_program.p = getelementptr %Call, ptr %call, i32 0, i32 3
  %outer_top.p = getelementptr %Call, ptr %call, i32 0, i32 4
  %outer = load volatile ptr, ptr %outer.p
  %outer_program = load volatile ptr, ptr %outer_program.p
  %outer_top = load volatile i32, ptr %outer_top.p
  store volatile ptr %outer, ptr %innermost.p
  store volatile ptr %outer_program, ptr %program.p
  store volatile i32 %outer_top, ptr %top.p
  ret void
}

; Give the innermost call up, with the status to answer: everything between here and it is abandoned. So are the mains
; in it, whose exit handlers do not run; what they remember lies on the stack that is given up, so it is read before.
define hidden void @exclave_abandon_call(ptr %context, i32 %status) noreturn nounwind {
entry:
  %call.p = getelementptr %Context, ptr %context, i32 0, i32 3
  %program.p = getelementptr %Context, ptr %context, i32 0, i32 4
  br label %next_program
next_program:
  %program = load volatile ptr, ptr %program.p
  %none = icmp eq ptr %program, null
  br i1 %none, label %jump, label %drop
drop:
  call void @exclave_drop_handlers_of(ptr %program)
  %outer_main = load ptr, ptr %program
  store volatile ptr %outer_main, ptr %program.p
  br label %next_program
jump:
  %call = load volatile ptr, ptr %call.p
  call void @longjmp(ptr %call, i32 %status)
  unreachable
}
