; The controller's own half of a lane: posting a message, looking for its answer, sleeping until it comes.
;
; Runs in the controller's process. call_loop.ll has the lane's layout. The other side may write anything into the lane
; at any time: what counts (the number, how long to look) is in a channel of our own, and an answer's words are only
; brought along; who called checks them.
;
; Results: the answer's status (0 RETURNED ...), or
;   -1 PENDING  no answer yet (in exclave_wait also: woken by a signal)
;   -2 BROKEN   the reply word is neither the last message's number nor the one before

; The lane, the last message's number, how often we look before we sleep, how often the worker does, the most of each,
; messages until the next try with the most.
%Channel = type { ptr, i32, i32, i32, i32, i32 }

@exclave_futex_number = external hidden constant i64

declare i64 @syscall(i64, ...)
declare hidden void @exclave_pause()
declare hidden void @exclave_futex_wake(ptr)

; Post what lies in the lane as the next message, and look for the answer.
define i32 @exclave_exchange(ptr %channel) nounwind {
entry:
  %woken = call i32 @exclave_post(ptr %channel)
  %spin.p = getelementptr %Channel, ptr %channel, i32 0, i32 2
  %budget = load i32, ptr %spin.p
  ; a worker that must wake up first needs longer; to sleep meanwhile would cost as much again
  %longer = shl i32 %woken, 1
  %spin = shl i32 %budget, %longer
  br label %look
look:
  %i = phi i32 [ 0, %entry ], [ %i.next, %again ]
  %answer = call i32 @answer(ptr %channel)
  %pending = icmp eq i32 %answer, -1
  br i1 %pending, label %count, label %found
count:
  %i.next = add i32 %i, 1
  %more = icmp ult i32 %i.next, %spin
  br i1 %more, label %again, label %late
again:
  call void @exclave_pause()
  br label %look

; Looking paid: look as long as we may the next time, too.
found:
  call void @look_longer(ptr %channel, ptr %spin.p)
  ret i32 %answer
; It did not: look half as long.
late:
  %half = lshr i32 %budget, 1
  store i32 %half, ptr %spin.p
  ret i32 -1
}

; Post without looking; whether the worker had to be woken.
define i32 @exclave_post(ptr %channel) nounwind {
entry:
  %number.p = getelementptr %Channel, ptr %channel, i32 0, i32 1
  %worker_spin.p = getelementptr %Channel, ptr %channel, i32 0, i32 3
  call void @try_the_most(ptr %channel)
  %lane = load ptr, ptr %channel
  %spin.p = getelementptr i8, ptr %lane, i64 8
  %sleeping.p = getelementptr i8, ptr %lane, i64 4
  %number = load i32, ptr %number.p
  %next = add i32 %number, 1
  %worker_spin = load i32, ptr %worker_spin.p
  store i32 %next, ptr %number.p
  store volatile i32 %worker_spin, ptr %spin.p
  store atomic i32 %next, ptr %lane seq_cst, align 4
  %sleeping = load atomic i32, ptr %sleeping.p seq_cst, align 4
  %asleep = icmp ne i32 %sleeping, 0
  br i1 %asleep, label %wake, label %awake
; It looked in vain: half as long the next time.
wake:
  call void @exclave_futex_wake(ptr %lane)
  %half = lshr i32 %worker_spin, 1
  store i32 %half, ptr %worker_spin.p
  ret i32 1
awake:
  call void @look_longer(ptr %channel, ptr %worker_spin.p)
  ret i32 0
}

; Wait for the answer, at most about `nanoseconds`, less than four seconds.
define i32 @exclave_wait(ptr %channel, i64 %nanoseconds) nounwind {
entry:
  %time = alloca { i64, i64 }
  %nanoseconds.p = getelementptr { i64, i64 }, ptr %time, i32 0, i32 1
  %seconds = udiv i64 %nanoseconds, 1000000000
  %rest = urem i64 %nanoseconds, 1000000000
  store i64 %seconds, ptr %time
  store i64 %rest, ptr %nanoseconds.p
  %number.p = getelementptr %Channel, ptr %channel, i32 0, i32 1
  %number = load i32, ptr %number.p
  %before = sub i32 %number, 1
  %lane = load ptr, ptr %channel
  %reply.p = getelementptr i8, ptr %lane, i64 64
  %sleeping.p = getelementptr i8, ptr %lane, i64 68
  store atomic i32 1, ptr %sleeping.p seq_cst, align 4
  %early = call i32 @answer(ptr %channel)
  %pending = icmp eq i32 %early, -1
  br i1 %pending, label %sleep, label %done
sleep:
  %futex = load i64, ptr @exclave_futex_number
  ; FUTEX_WAIT = 0, shared: the other side is another process
  %r = call i64 (i64, ...) @syscall(i64 %futex, ptr %reply.p, i32 0, i32 %before, ptr %time, ptr null, i32 0)
  br label %done
done:
  store atomic i32 0, ptr %sleeping.p seq_cst, align 4
  %answer = call i32 @answer(ptr %channel)
  ret i32 %answer
}

; The status, if the last message is answered.
define internal i32 @answer(ptr %channel) nounwind alwaysinline {
entry:
  %number.p = getelementptr %Channel, ptr %channel, i32 0, i32 1
  %lane = load ptr, ptr %channel
  %reply.p = getelementptr i8, ptr %lane, i64 64
  %status.p = getelementptr i8, ptr %lane, i64 72
  %number = load i32, ptr %number.p
  %reply = load atomic i32, ptr %reply.p acquire, align 4
  %answered = icmp eq i32 %reply, %number
  br i1 %answered, label %take, label %compare
; A status word that is no status must not look like our own results.
take:
  %status = load volatile i32, ptr %status.p
  %negative = icmp slt i32 %status, 0
  %checked = select i1 %negative, i32 -2, i32 %status
  ret i32 %checked
compare:
  %before = sub i32 %number, 1
  %waiting = icmp eq i32 %reply, %before
  %result = select i1 %waiting, i32 -1, i32 -2
  ret i32 %result
}

; Look as long as is allowed.
define internal void @look_longer(ptr %channel, ptr %spin.p) nounwind alwaysinline {
  %most.p = getelementptr %Channel, ptr %channel, i32 0, i32 4
  %most = load i32, ptr %most.p
  store i32 %most, ptr %spin.p
  ret void
}

; Every so often both sides look as long as they may: what took long once need not always.
define internal void @try_the_most(ptr %channel) nounwind alwaysinline {
entry:
  %spin.p = getelementptr %Channel, ptr %channel, i32 0, i32 2
  %worker_spin.p = getelementptr %Channel, ptr %channel, i32 0, i32 3
  %most.p = getelementptr %Channel, ptr %channel, i32 0, i32 4
  %until.p = getelementptr %Channel, ptr %channel, i32 0, i32 5
  %until = load i32, ptr %until.p
  %due = icmp eq i32 %until, 0
  br i1 %due, label %now, label %later
now:
  %most = load i32, ptr %most.p
  store i32 %most, ptr %spin.p
  store i32 %most, ptr %worker_spin.p
  store i32 32, ptr %until.p
  ret void
later:
  %less = sub i32 %until, 1
  store i32 %less, ptr %until.p
  ret void
}

; Look `n` times at nothing: how long that takes says how often we may look.
define i32 @exclave_spin(i32 %n) nounwind {
entry:
  br label %look
look:
  %i = phi i32 [ 0, %entry ], [ %i.next, %look ]
  call void @exclave_pause()
  %i.next = add i32 %i, 1
  %more = icmp ult i32 %i.next, %n
  br i1 %more, label %look, label %done
done:
  ret i32 0
}
