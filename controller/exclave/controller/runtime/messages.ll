; Messages through a lane, from the worker's side: waiting for one, answering one. call_loop.ll has the lane's layout.
;
; Both sides look for a while and then sleep in a futex (shared: the other side is another process). Who sleeps says so
; first and looks once more; who writes a word looks afterwards whether the other one sleeps.

@exclave_futex_number = external hidden constant i64

declare i64 @syscall(i64, ...)
declare hidden void @exclave_pause()

; The next message's number: look `spin` times (at most a million: the lane is writable by anybody here), then sleep.
define hidden i32 @exclave_await_message(ptr %lane, i32 %last) nounwind {
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
  br i1 %news, label %found, label %count
count:
  %i.next = add i32 %i, 1
  %more = icmp ult i32 %i.next, %spin
  br i1 %more, label %again, label %sleep
again:
  call void @exclave_pause()
  br label %look

sleep:
  store atomic i32 1, ptr %sleeping.p seq_cst, align 4
  %seen.last = load atomic i32, ptr %lane seq_cst, align 4
  %news.last = icmp ne i32 %seen.last, %last
  br i1 %news.last, label %awake, label %wait
wait:
  call void @exclave_futex_wait(ptr %lane, i32 %last)
  br label %sleep
awake:
  store atomic i32 0, ptr %sleeping.p seq_cst, align 4
  br label %found

found:
  %number = phi i32 [ %seen, %look ], [ %seen.last, %awake ]
  ret i32 %number
}

; Status first, the answer's number last; then wake the caller, if it sleeps.
define hidden void @exclave_post_answer(ptr %lane, i32 %number, i32 %status) nounwind {
entry:
  %reply.p = getelementptr i8, ptr %lane, i64 64
  %sleeping.p = getelementptr i8, ptr %lane, i64 68
  %status.p = getelementptr i8, ptr %lane, i64 72
  store volatile i32 %status, ptr %status.p
  store atomic i32 %number, ptr %reply.p seq_cst, align 4
  %sleeping = load atomic i32, ptr %sleeping.p seq_cst, align 4
  %asleep = icmp ne i32 %sleeping, 0
  br i1 %asleep, label %wake, label %end
wake:
  call void @exclave_futex_wake(ptr %reply.p)
  br label %end
end:
  ret void
}

; Sleep until somebody wakes us, if the word is still `value`; also for no reason: the caller looks again.
define hidden void @exclave_futex_wait(ptr %word, i32 %value) nounwind {
  %futex = load i64, ptr @exclave_futex_number
  ; FUTEX_WAIT = 0
  %r = call i64 (i64, ...) @syscall(i64 %futex, ptr %word, i32 0, i32 %value, ptr null, ptr null, i32 0)
  ret void
}

; Wake whoever sleeps on the word.
define hidden void @exclave_futex_wake(ptr %word) nounwind {
  %futex = load i64, ptr @exclave_futex_number
  ; FUTEX_WAKE = 1
  %r = call i64 (i64, ...) @syscall(i64 %futex, ptr %word, i32 1, i32 2147483647, ptr null, ptr null, i32 0)
  ret void
}
