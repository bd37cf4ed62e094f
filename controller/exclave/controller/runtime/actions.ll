; Running alloc actions: entry point of the control lane.
;
; slots: n i64, how many are done i64 (out), the result of the one that failed i64 (out), then n records of six i64:
; function, checked, four arguments. They run in order; the first checked one with a result other than 0 ends it.

%Record = type { ptr, i64, i64, i64, i64, i64 }

define void @exclave_run_actions(ptr %unused, ptr %slots) nounwind {
entry:
  %done.p = getelementptr i64, ptr %slots, i64 1
  %result.p = getelementptr i64, ptr %slots, i64 2
  %records = getelementptr i64, ptr %slots, i64 3
  %n = load i64, ptr %slots
  store volatile i64 0, ptr %result.p
  br label %check

check:
  %i = phi i64 [ 0, %entry ], [ %i.next, %next ]
  store volatile i64 %i, ptr %done.p
  %more = icmp ult i64 %i, %n
  br i1 %more, label %load, label %end

; A record without a function is nothing to do.
load:
  %record = getelementptr %Record, ptr %records, i64 %i
  %function = load ptr, ptr %record
  %nothing = icmp eq ptr %function, null
  br i1 %nothing, label %next, label %call
call:
  %checked.p = getelementptr %Record, ptr %record, i32 0, i32 1
  %a0.p = getelementptr %Record, ptr %record, i32 0, i32 2
  %a1.p = getelementptr %Record, ptr %record, i32 0, i32 3
  %a2.p = getelementptr %Record, ptr %record, i32 0, i32 4
  %a3.p = getelementptr %Record, ptr %record, i32 0, i32 5
  %checked = load i64, ptr %checked.p
  %a0 = load i64, ptr %a0.p
  %a1 = load i64, ptr %a1.p
  %a2 = load i64, ptr %a2.p
  %a3 = load i64, ptr %a3.p
  %result = call i64 %function(i64 %a0, i64 %a1, i64 %a2, i64 %a3)
  %is_checked = icmp ne i64 %checked, 0
  %is_failure = icmp ne i64 %result, 0
  %failed = and i1 %is_checked, %is_failure
  br i1 %failed, label %fail, label %next
next:
  %i.next = add i64 %i, 1
  br label %check

fail:
  store volatile i64 %result, ptr %result.p
  br label %end
end:
  ret void
}
