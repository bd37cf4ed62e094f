; Running a program's main(argc, argv, envp): entry point of a lane.
;
; slots: argc i64, argv ptr, envp ptr, i64: 1 if what descriptor 0 gives has changed. Result: the exit status, i64. exit() does
; not come back here: it jumps to the call loop with its argument, after it has run the same handlers.

; call_loop.ll has the same type.
%Context = type { ptr, i32, i32, ptr, ptr }
; A run of a main: the run that it is nested in, or null. Its address says whose an exit handler is.
%Program = type { ptr }

declare hidden ptr @exclave_context()
declare hidden void @exclave_run_handlers_of(ptr)
declare i32 @fflush(ptr)

@stdin = external global ptr
declare void @__fpurge(ptr)
declare void @clearerr_unlocked(ptr)

define void @exclave_run_main(ptr %main, ptr %slots) nounwind {
  %program = alloca %Program
  %argv.p = getelementptr i8, ptr %slots, i64 8
  %envp.p = getelementptr i8, ptr %slots, i64 16
  %renewed.p = getelementptr i8, ptr %slots, i64 24
  %argc.wide = load i64, ptr %slots
  %argc = trunc i64 %argc.wide to i32
  %argv = load ptr, ptr %argv.p
  %envp = load ptr, ptr %envp.p
  %renewed = load i64, ptr %renewed.p
  call void @renew_input(i64 %renewed)
  ; from here on, new exit handlers belong to this main
  %context = call ptr @exclave_context()
  %program.p = getelementptr %Context, ptr %context, i32 0, i32 4
  %outer = load volatile ptr, ptr %program.p
  store ptr %outer, ptr %program
  store volatile ptr %program, ptr %program.p
  %status = call i32 %main(i32 %argc, ptr %argv, ptr %envp)
  ; as exit(status) does, and then they are the outer one's again
  call void @exclave_run_handlers_of(ptr %program)
  store volatile ptr %outer, ptr %program.p
  %flushed = call i32 @fflush(ptr null)
  %wide = sext i32 %status to i64
  store i64 %wide, ptr %slots
  ret void
}

; What an earlier main left in the C library's buffer, and that it met end-of-file there, is nothing to the next. Not locked: a
; thread of an earlier main that still waits for input holds the lock.
define internal void @renew_input(i64 %renewed) nounwind {
entry:
  %as_before = icmp eq i64 %renewed, 0
  br i1 %as_before, label %end, label %renew
renew:
  %in = load ptr, ptr @stdin
  call void @__fpurge(ptr %in)
  call void @clearerr_unlocked(ptr %in)
  br label %end
end:
  ret void
}
