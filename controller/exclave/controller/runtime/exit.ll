; exit(), atexit() and __cxa_atexit() as programs in a worker get them: exit() ends the call, not the worker.
;
; Handlers are a list, newest first. A handler belongs to the innermost run_main of the thread that registered it, and
; runs when that main ends; one that was registered elsewhere (by an initializer, by a plain call) belongs to nobody,
; and runs when the session closes.

; call_loop.ll has the same types.
%Context = type { ptr, i32, i32, ptr, ptr }
%Call = type { [512 x i8], i32, ptr, ptr, i32, ptr }
; main.ll has the same type: the run of a main that it is nested in
%Program = type { ptr }
; next, function, argument, the %Program that it belongs to
%Handler = type { ptr, ptr, ptr, ptr }

@__dso_handle = global ptr @__dso_handle
@handlers = internal global ptr null
@handlers_lock = internal global [64 x i8] zeroinitializer, align 16

@exclave_context_key = external hidden global i32

declare ptr @pthread_getspecific(i32)
declare i32 @pthread_mutex_lock(ptr)
declare i32 @pthread_mutex_unlock(ptr)
declare ptr @malloc(i64)
declare void @free(ptr)
declare i32 @fflush(ptr)
declare void @longjmp(ptr, i32) noreturn
declare void @_exit(i32) noreturn

; End the call that this thread is in. A thread that is no lane's cannot: there is no call to end but the process.
define void @exit(i32 %code) noreturn nounwind {
entry:
  %context = call ptr @exclave_context()
  %foreign = icmp eq ptr %context, null
  br i1 %foreign, label %leave, label %end_programs

; The innermost call ends as a whole: so do all mains that are nested in it, the innermost first. A handler that calls exit()
; itself comes here again and goes on with those that are left; its argument is the one that counts.
end_programs:
  %program.p = getelementptr %Context, ptr %context, i32 0, i32 4
  br label %next_program
next_program:
  %program = load volatile ptr, ptr %program.p
  %none = icmp eq ptr %program, null
  br i1 %none, label %jump, label %end_program
end_program:
  call void @exclave_run_handlers_of(ptr %program)
  %outer = load ptr, ptr %program
  store volatile ptr %outer, ptr %program.p
  br label %next_program

jump:
  %flushed = call i32 @fflush(ptr null)
  %call.p = getelementptr %Context, ptr %context, i32 0, i32 3
  %call = load volatile ptr, ptr %call.p
  %exit_code.p = getelementptr %Call, ptr %call, i32 0, i32 1
  store volatile i32 %code, ptr %exit_code.p
  call void @longjmp(ptr %call, i32 1)
  unreachable

leave:
  %flushed.all = call i32 @fflush(ptr null)
  call void @_exit(i32 %code)
  unreachable
}

define i32 @atexit(ptr %function) nounwind {
  ; a handler without arguments takes one that it does not look at, in every C calling convention
  %r = call i32 @__cxa_atexit(ptr %function, ptr null, ptr null)
  ret i32 %r
}

define i32 @__cxa_atexit(ptr %function, ptr %argument, ptr %dso) nounwind {
entry:
  %size = ptrtoint ptr getelementptr (%Handler, ptr null, i32 1) to i64
  %handler = call ptr @malloc(i64 %size)
  %none = icmp eq ptr %handler, null
  br i1 %none, label %failed, label %link

link:
  %owner = call ptr @owner_of_new_handlers()
  %function.p = getelementptr %Handler, ptr %handler, i32 0, i32 1
  %argument.p = getelementptr %Handler, ptr %handler, i32 0, i32 2
  %owner.p = getelementptr %Handler, ptr %handler, i32 0, i32 3
  store ptr %function, ptr %function.p
  store ptr %argument, ptr %argument.p
  store ptr %owner, ptr %owner.p
  %locked = call i32 @pthread_mutex_lock(ptr @handlers_lock)
  %first = load ptr, ptr @handlers
  store ptr %first, ptr %handler
  store ptr %handler, ptr @handlers
  %unlocked = call i32 @pthread_mutex_unlock(ptr @handlers_lock)
  ret i32 0

failed:
  ret i32 -1
}

; Run what is left when the session closes.
define i64 @exclave_run_exit_handlers() nounwind {
  call void @exclave_run_handlers_of(ptr null)
  %flushed = call i32 @fflush(ptr null)
  ret i64 0
}

; Run the handlers that belong to `owner`, newest first, also those that are registered meanwhile.
define hidden void @exclave_run_handlers_of(ptr %owner) nounwind {
entry:
  br label %next
next:
  %handler = call ptr @take_handler(ptr %owner)
  %none = icmp eq ptr %handler, null
  br i1 %none, label %end, label %run
run:
  %function.p = getelementptr %Handler, ptr %handler, i32 0, i32 1
  %argument.p = getelementptr %Handler, ptr %handler, i32 0, i32 2
  %function = load ptr, ptr %function.p
  %argument = load ptr, ptr %argument.p
  call void @free(ptr %handler)
  call void %function(ptr %argument)
  br label %next
end:
  ret void
}

; Forget the handlers that belong to `owner`, a main that was abandoned.
define hidden void @exclave_drop_handlers_of(ptr %owner) nounwind {
entry:
  br label %next
next:
  %handler = call ptr @take_handler(ptr %owner)
  %none = icmp eq ptr %handler, null
  br i1 %none, label %end, label %drop
drop:
  call void @free(ptr %handler)
  br label %next
end:
  ret void
}

; Unlink the newest handler that belongs to `owner`; null if there is none. It is ours alone then, also if it calls exit().
define internal ptr @take_handler(ptr %owner) nounwind {
entry:
  %locked = call i32 @pthread_mutex_lock(ptr @handlers_lock)
  br label %look
look:
  %link = phi ptr [ @handlers, %entry ], [ %handler, %skip ]
  %handler = load ptr, ptr %link
  %none = icmp eq ptr %handler, null
  br i1 %none, label %end, label %compare
compare:
  %owner.p = getelementptr %Handler, ptr %handler, i32 0, i32 3
  %whose = load ptr, ptr %owner.p
  %ours = icmp eq ptr %whose, %owner
  br i1 %ours, label %unlink, label %skip
skip:
  br label %look
unlink:
  %following = load ptr, ptr %handler
  store ptr %following, ptr %link
  br label %end
end:
  %unlocked = call i32 @pthread_mutex_unlock(ptr @handlers_lock)
  ret ptr %handler
}

; This thread's context; null outside of a call.
define hidden ptr @exclave_context() nounwind {
entry:
  %key = load i32, ptr @exclave_context_key
  %context = call ptr @pthread_getspecific(i32 %key)
  %none = icmp eq ptr %context, null
  br i1 %none, label %outside, label %check
check:
  %call.p = getelementptr %Context, ptr %context, i32 0, i32 3
  %call = load volatile ptr, ptr %call.p
  %inside = icmp ne ptr %call, null
  br i1 %inside, label %end, label %outside
outside:
  ret ptr null
end:
  ret ptr %context
}

; The innermost main that this thread runs, or null for everything else.
define internal ptr @owner_of_new_handlers() nounwind {
entry:
  %context = call ptr @exclave_context()
  %none = icmp eq ptr %context, null
  br i1 %none, label %nobody, label %check
check:
  %program.p = getelementptr %Context, ptr %context, i32 0, i32 4
  %program = load volatile ptr, ptr %program.p
  ret ptr %program
nobody:
  ret ptr null
}
