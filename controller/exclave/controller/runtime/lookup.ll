; Finding symbols of the process: entry point of the control lane.
;
; slots: n i64, n results i64, then n names, NUL-terminated, back to back. A name that does not exist gets 0.

declare ptr @dlsym(ptr, ptr)
declare i64 @strlen(ptr)

define void @exclave_lookup(ptr %unused, ptr %slots) nounwind {
entry:
  %n = load i64, ptr %slots
  %results = getelementptr i64, ptr %slots, i64 1
  %names = getelementptr i64, ptr %results, i64 %n
  br label %check
check:
  %i = phi i64 [ 0, %entry ], [ %i.next, %find ]
  %name = phi ptr [ %names, %entry ], [ %name.next, %find ]
  %more = icmp ult i64 %i, %n
  br i1 %more, label %find, label %end
find:
  ; RTLD_DEFAULT is the null handle
  %address = call ptr @dlsym(ptr null, ptr %name)
  %result.p = getelementptr ptr, ptr %results, i64 %i
  store ptr %address, ptr %result.p
  %length = call i64 @strlen(ptr %name)
  %length.nul = add i64 %length, 1
  %name.next = getelementptr i8, ptr %name, i64 %length.nul
  %i.next = add i64 %i, 1
  br label %check
end:
  ret void
}
