; The fault record: what a fatal signal found, left in the lanes zone for whoever explains the worker's end.
;
; The signal still ends the worker, with its own number. The record is what foreign code could have written as well: it
; is information for the owner of that code, and nothing is decided by it.
;
; Record (little endian; ../../../../executor/exclave/executor/fault.py reads it):
;   0x000 i32 parts            how many are written: 1 claimed, 2 cause and registers, 3 the call too
;   0x004 i32 signal           its number
;   0x008 i32 code             si_code
;   0x00c i32 system_call      SIGSYS: the number of the system call that was refused
;   0x010 i64 address          si_addr: what was accessed; SIGSYS: where the system call is
;   0x018 i64 register_count   how many
;   0x020 i64 lane             the address of the lane whose thread it was, 0: a thread that the code started
;   0x028 i64 entry, 0x030 i64 function, 0x038 i64 slot 0, 0x040 i64 slot 1: of the innermost call
;   0x048 i64 stack_address, 0x050 i64 stack_size: what part of the stack is here
;   0x080 i64 registers[]      as the kernel's mcontext_t has them
;   0x200     stack[]          from stack_address upwards

; call_loop.ll has the same types.
%Context = type { ptr, i32, i32, ptr, ptr }
%Call = type { [512 x i8], i32, ptr, ptr, i32, ptr }
; struct sigaction of the C library: handler, mask, flags, restorer (its own affair)
%SignalAction = type { ptr, [128 x i8], i32, ptr }
; stack_t: where, flags, bytes
%Stack = type { ptr, i32, i64 }

; An absolute symbol of the session.
@exclave_fault_record = external global [65536 x i8]
; SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS
@fatal = internal constant [7 x i32] [i32 4, i32 5, i32 6, i32 7, i32 8, i32 11, i32 31]
@stdout = external global ptr

; arch/*.ll
@exclave_mcontext_offset = external hidden constant i64
@exclave_register_count = external hidden constant i64
@exclave_stack_register = external hidden constant i64
@exclave_sigprocmask_number = external hidden constant i64

declare i32 @sigaction(i32, ptr, ptr)
declare i32 @sigaltstack(ptr, ptr)
declare i32 @raise(i32)
declare i32 @ftrylockfile(ptr)
declare i32 @fflush(ptr)
declare i64 @syscall(i64, ...)
declare ptr @__errno_location()
declare ptr @memcpy(ptr, ptr, i64)
declare i64 @llvm.umin.i64(i64, i64)
declare hidden ptr @exclave_context()
declare hidden void @exclave_pause()

; Have every fatal signal recorded. Code that sets a handler of its own for one of them has it to itself.
define hidden void @exclave_watch_faults() nounwind {
entry:
  %action = alloca %SignalAction
  %flags.p = getelementptr %SignalAction, ptr %action, i32 0, i32 2
  store %SignalAction zeroinitializer, ptr %action
  store ptr @record_fault, ptr %action
  ; SA_SIGINFO | SA_ONSTACK | SA_RESETHAND: on the stack of exclave_watch_stack, and the next one ends the process
  store i32 u0x88000004, ptr %flags.p
  br label %next
next:
  %i = phi i64 [ 0, %entry ], [ %i.next, %next ]
  %signal.p = getelementptr i32, ptr @fatal, i64 %i
  %signal = load i32, ptr %signal.p
  %r = call i32 @sigaction(i32 %signal, ptr %action, ptr null)
  %i.next = add i64 %i, 1
  %more = icmp ult i64 %i.next, 7
  br i1 %more, label %next, label %end
end:
  ret void
}

; Give this thread a stack for handlers, so that one that has run out of its own can be recorded.
define hidden void @exclave_watch_stack(ptr %memory, i64 %size) nounwind {
  %stack = alloca %Stack
  %size.p = getelementptr %Stack, ptr %stack, i32 0, i32 2
  store %Stack zeroinitializer, ptr %stack
  store ptr %memory, ptr %stack
  store i64 %size, ptr %size.p
  %r = call i32 @sigaltstack(ptr %stack, ptr null)
  ret void
}

; The handler. What is least likely to fail comes first: a fault in here ends the process on the spot.
define internal void @record_fault(i32 %signal, ptr %info, ptr %ucontext) nounwind {
entry:
  %claim = cmpxchg ptr @exclave_fault_record, i32 0, i32 1 seq_cst seq_cst
  %first = extractvalue { i32, i1 } %claim, 1
  br i1 %first, label %record, label %wait
; The first fault is the one that counts; it ends this thread too.
wait:
  call void @exclave_pause()
  br label %wait
record:
  call void @write_cause(i32 %signal, ptr %info)
  call void @write_registers(ptr %ucontext)
  store atomic i32 2, ptr @exclave_fault_record release, align 4
  call void @write_call()
  store atomic i32 3, ptr @exclave_fault_record release, align 4
  call void @write_stack()
  call void @deliver_output()
  ; it is blocked now, and its action is the default one again: it ends the process when this returns
  %r = call i32 @raise(i32 %signal)
  ret void
}

; What siginfo_t says: si_code at 8, si_addr at 16, si_syscall at 24, on every architecture of 64 bits.
define internal void @write_cause(i32 %signal, ptr %info) nounwind {
  %code.p = getelementptr i8, ptr %info, i64 8
  %address.p = getelementptr i8, ptr %info, i64 16
  %system_call.p = getelementptr i8, ptr %info, i64 24
  %code = load i32, ptr %code.p
  %address = load i64, ptr %address.p
  %system_call = load i32, ptr %system_call.p
  store i32 %signal, ptr getelementptr (i8, ptr @exclave_fault_record, i64 4)
  store i32 %code, ptr getelementptr (i8, ptr @exclave_fault_record, i64 8)
  store i32 %system_call, ptr getelementptr (i8, ptr @exclave_fault_record, i64 12)
  store i64 %address, ptr getelementptr (i8, ptr @exclave_fault_record, i64 16)
  ret void
}

define internal void @write_registers(ptr %ucontext) nounwind {
  %offset = load i64, ptr @exclave_mcontext_offset
  %count = load i64, ptr @exclave_register_count
  %registers = getelementptr i8, ptr %ucontext, i64 %offset
  %size = shl i64 %count, 3
  %copied = call ptr @memcpy(ptr getelementptr (i8, ptr @exclave_fault_record, i64 128), ptr %registers, i64 %size)
  store i64 %count, ptr getelementptr (i8, ptr @exclave_fault_record, i64 24)
  ret void
}

; Which lane it was, and its innermost call: entry, function and the first two slots, as they are now.
define internal void @write_call() nounwind {
entry:
  %context = call ptr @exclave_context()
  %foreign = icmp eq ptr %context, null
  br i1 %foreign, label %end, label %ours
ours:
  %lane = load ptr, ptr %context
  store ptr %lane, ptr getelementptr (i8, ptr @exclave_fault_record, i64 32)
  %call.p = getelementptr %Context, ptr %context, i32 0, i32 3
  %call = load volatile ptr, ptr %call.p
  %idle = icmp eq ptr %call, null
  br i1 %idle, label %end, label %in_call
in_call:
  %frame.p = getelementptr %Call, ptr %call, i32 0, i32 5
  %frame = load volatile ptr, ptr %frame.p
  %copied = call ptr @memcpy(ptr getelementptr (i8, ptr @exclave_fault_record, i64 40), ptr %frame, i64 32)
  br label %end
end:
  ret void
}

; The stack from its pointer upwards, page by page as far as there are pages. Where it has run out, the pointer lies in
; the guard page: from the next page on then.
define internal void @write_stack() nounwind {
entry:
  %index = load i64, ptr @exclave_stack_register
  %pointer.p = getelementptr i64, ptr getelementptr (i8, ptr @exclave_fault_record, i64 128), i64 %index
  %pointer = load i64, ptr %pointer.p
  %own_page = and i64 %pointer, -4096
  %above = add i64 %own_page, 4096
  %has_page = call i1 @is_readable(i64 %own_page)
  %start = select i1 %has_page, i64 %pointer, i64 %above
  store i64 %start, ptr getelementptr (i8, ptr @exclave_fault_record, i64 72)
  br label %next
next:
  %done = phi i64 [ 0, %entry ], [ %done.next, %copy ]
  %at = add i64 %start, %done
  %left = sub i64 65024, %done
  ; up to the end of the page (of the smallest size that there is)
  %in_page = and i64 %at, 4095
  %to_end = sub i64 4096, %in_page
  %size = call i64 @llvm.umin.i64(i64 %to_end, i64 %left)
  %full = icmp eq i64 %size, 0
  br i1 %full, label %end, label %probe
probe:
  %page = and i64 %at, -4096
  %readable = call i1 @is_readable(i64 %page)
  br i1 %readable, label %copy, label %end
copy:
  %source = inttoptr i64 %at to ptr
  %place = getelementptr i8, ptr getelementptr (i8, ptr @exclave_fault_record, i64 512), i64 %done
  %copied = call ptr @memcpy(ptr %place, ptr %source, i64 %size)
  %done.next = add i64 %done, %size
  store i64 %done.next, ptr getelementptr (i8, ptr @exclave_fault_record, i64 80)
  br label %next
end:
  ret void
}

; Whether a page can be read, without reading it: the kernel reads the set of signals before it looks at `how`, of
; which there is no -1. EFAULT is 14.
define internal i1 @is_readable(i64 %page) nounwind {
  %number = load i64, ptr @exclave_sigprocmask_number
  %address = inttoptr i64 %page to ptr
  %errno.p = call ptr @__errno_location()
  store i32 0, ptr %errno.p
  %r = call i64 (i64, ...) @syscall(i64 %number, i32 -1, ptr %address, ptr null, i64 8)
  %errno = load i32, ptr %errno.p
  %readable = icmp ne i32 %errno, 14
  ret i1 %readable
}

; What the code printed before is often the best explanation. If somebody is in the middle of printing, it is lost.
define internal void @deliver_output() nounwind {
entry:
  %out = load ptr, ptr @stdout
  %busy = call i32 @ftrylockfile(ptr %out)
  %free = icmp eq i32 %busy, 0
  br i1 %free, label %flush, label %end
flush:
  %flushed = call i32 @fflush(ptr %out)
  br label %end
end:
  ret void
}
