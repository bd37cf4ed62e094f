; Initializers and finalizers: alloc actions over arrays of function pointers.
;
; .init_array runs first to last with (argc, argv, envp), .ctors and .fini_array last to first, .dtors first to last.
; Null and all-ones entries are padding, as in crtbegin. (System V gABI, "Initialization and Termination Functions")

@no_strings = internal constant [1 x ptr] zeroinitializer

define i64 @exclave_run_initializers(i64 %first, i64 %end, i64 %backward) nounwind {
  call void @run_array(i64 %first, i64 %end, i64 %backward)
  ret i64 0
}

define i64 @exclave_run_finalizers(i64 %first, i64 %end, i64 %backward) nounwind {
  call void @run_array(i64 %first, i64 %end, i64 %backward)
  ret i64 0
}

define internal void @run_array(i64 %first, i64 %end, i64 %backward) nounwind {
entry:
  %size = sub i64 %end, %first
  %n = udiv i64 %size, 8
  %last = sub i64 %n, 1
  %is_backward = icmp ne i64 %backward, 0
  %array = inttoptr i64 %first to ptr
  br label %check
check:
  %i = phi i64 [ 0, %entry ], [ %i.next, %next ]
  %more = icmp ult i64 %i, %n
  br i1 %more, label %load, label %done
load:
  %mirrored = sub i64 %last, %i
  %at = select i1 %is_backward, i64 %mirrored, i64 %i
  %p = getelementptr ptr, ptr %array, i64 %at
  %function = load ptr, ptr %p
  %address = ptrtoint ptr %function to i64
  %shifted = add i64 %address, 1
  %padding = icmp ult i64 %shifted, 2
  br i1 %padding, label %next, label %call
call:
  call void %function(i32 0, ptr @no_strings, ptr @no_strings)
  br label %next
next:
  %i.next = add i64 %i, 1
  br label %check
done:
  ret void
}
