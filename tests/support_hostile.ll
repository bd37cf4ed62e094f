; Programs that attack the lanes of their own session. tests/hostile/ says what must come of each.
; runtime/call_loop.ll has the lane's layout.

; One false answer. Its slots are said to lie `slots` bytes behind the frame of the last call, and get `fill` as their
; first five words; its number is `ahead` of the message's.
%Lie = type { i32, i32, i64, i32, i32, i64, i32, i32 }  ; status, code, callback, slots, size, fill, ahead, not used

@seen = global i32 0
; where the last call's frame ends; what is no call has a zero in its place
@frame_end = global i32 0

define i32 @add(i32 %a, i32 %b) {
  %c = add i32 %a, %b
  ret i32 %c
}
define i64 @apply(ptr %f, i64 %x) {
  %r = call i64 %f(i64 %x)
  ret i64 %r
}
define void @poke(ptr %at, i32 %value) {
  store atomic i32 %value, ptr %at seq_cst, align 4
  ret void
}
define void @never() {
  br label %again
again:
  %x = load volatile i32, ptr @seen
  br label %again
}
define void @storm(ptr %f) {
  br label %again
again:
  %r = call i64 %f(i64 1)
  br label %again
}

; The first lane whose last message has no answer: where this is the session's only call, its own.
define internal ptr @own_lane(ptr %lanes) {
entry:
  br label %look
look:
  %lane = phi ptr [ %lanes, %entry ], [ %next, %look ]
  %reply.p = getelementptr i8, ptr %lane, i64 64
  %next = getelementptr i8, ptr %lane, i64 65536
  %request = load volatile i32, ptr %lane
  %reply = load volatile i32, ptr %reply.p
  %idle = icmp eq i32 %request, %reply
  br i1 %idle, label %look, label %found
found:
  ret ptr %lane
}

; Answer the last message on a lane with a lie; `wake` is called with the word to wake who sleeps there, if it is not null.
define void @lie_on(ptr %lane, ptr %lie, ptr %wake) {
entry:
  %status = load i32, ptr %lie
  %code.from = getelementptr %Lie, ptr %lie, i32 0, i32 1
  %callback.from = getelementptr %Lie, ptr %lie, i32 0, i32 2
  %slots.from = getelementptr %Lie, ptr %lie, i32 0, i32 3
  %size.from = getelementptr %Lie, ptr %lie, i32 0, i32 4
  %fill.from = getelementptr %Lie, ptr %lie, i32 0, i32 5
  %ahead.from = getelementptr %Lie, ptr %lie, i32 0, i32 6
  %code = load i32, ptr %code.from
  %callback = load i64, ptr %callback.from
  %slots = load i32, ptr %slots.from
  %size = load i32, ptr %size.from
  %fill = load i64, ptr %fill.from
  %ahead = load i32, ptr %ahead.from

  %frame_end.p = getelementptr i8, ptr %lane, i64 20
  %reply.p = getelementptr i8, ptr %lane, i64 64
  %status.p = getelementptr i8, ptr %lane, i64 72
  %code.p = getelementptr i8, ptr %lane, i64 76
  %callback.p = getelementptr i8, ptr %lane, i64 80
  %slots.p = getelementptr i8, ptr %lane, i64 88
  %size.p = getelementptr i8, ptr %lane, i64 92
  %request = load volatile i32, ptr %lane
  %frame_end.new = load volatile i32, ptr %frame_end.p
  %frame_end.old = load volatile i32, ptr @frame_end
  %no_call = icmp eq i32 %frame_end.new, 0
  %frame_end = select i1 %no_call, i32 %frame_end.old, i32 %frame_end.new
  store volatile i32 %frame_end, ptr @frame_end
  %place = add i32 %frame_end, %slots
  %number = add i32 %request, %ahead
  store volatile i32 %status, ptr %status.p
  store volatile i32 %code, ptr %code.p
  store volatile i64 %callback, ptr %callback.p
  store volatile i32 %place, ptr %slots.p
  store volatile i32 %size, ptr %size.p
  %fits = icmp ult i32 %place, 65496
  br i1 %fits, label %fill.loop, label %post
fill.loop:
  %i = phi i32 [ 0, %entry ], [ %i.next, %fill.loop ]
  %step = mul i32 %i, 8
  %at.narrow = add i32 %place, %step
  %at = zext i32 %at.narrow to i64
  %word = getelementptr i8, ptr %lane, i64 %at
  store volatile i64 %fill, ptr %word, align 1
  %i.next = add i32 %i, 1
  %more = icmp ult i32 %i.next, 5
  br i1 %more, label %fill.loop, label %post
post:
  store atomic i32 %number, ptr %reply.p seq_cst, align 4
  %silent = icmp eq ptr %wake, null
  br i1 %silent, label %done, label %call
call:
  call void %wake(ptr %reply.p)
  br label %done
done:
  ret void
}

; Tell `count` lies, each as the answer to another message; then return, or stay for ever.
define void @lies(ptr %lanes, ptr %script, i32 %count, i32 %stay, ptr %wake) {
entry:
  %lane = call ptr @own_lane(ptr %lanes)
  br label %tell
tell:
  %i = phi i32 [ 0, %entry ], [ %i.next, %heard ]
  %lie = getelementptr %Lie, ptr %script, i32 %i
  %last = load volatile i32, ptr %lane
  call void @lie_on(ptr %lane, ptr %lie, ptr %wake)
  %i.next = add i32 %i, 1
  %more = icmp ult i32 %i.next, %count
  br i1 %more, label %listen, label %end
listen:
  %request = load volatile i32, ptr %lane
  %silence = icmp eq i32 %request, %last
  br i1 %silence, label %listen, label %heard
heard:
  br label %tell
end:
  %stays = icmp ne i32 %stay, 0
  br i1 %stays, label %forever, label %gone
forever:
  call void @never()
  unreachable
gone:
  ret void
}

; What scribbles: the lanes, how many, the words of each from `low` to `high`, how often (0: for ever).
%Scribbler = type { ptr, i64, i64, i64, i64 }

; Write anything anywhere: often what the other side waits for, or waits at.
define ptr @scribble(ptr %how) {
entry:
  %lanes = load ptr, ptr %how
  %count.p = getelementptr %Scribbler, ptr %how, i32 0, i32 1
  %low.p = getelementptr %Scribbler, ptr %how, i32 0, i32 2
  %high.p = getelementptr %Scribbler, ptr %how, i32 0, i32 3
  %rounds.p = getelementptr %Scribbler, ptr %how, i32 0, i32 4
  %count = load i64, ptr %count.p
  %low = load i64, ptr %low.p
  %high = load i64, ptr %high.p
  %rounds = load i64, ptr %rounds.p
  %words = sub i64 %high, %low
  br label %next
next:
  %n = phi i64 [ 1, %entry ], [ %n.next, %write ]
  %x = phi i64 [ 88172645463325252, %entry ], [ %x3, %write ]
  %a = shl i64 %x, 13
  %x1 = xor i64 %x, %a
  %b = lshr i64 %x1, 7
  %x2 = xor i64 %x1, %b
  %c = shl i64 %x2, 17
  %x3 = xor i64 %x2, %c
  %lane.number = urem i64 %x3, %count
  %lane.offset = mul i64 %lane.number, 65536
  %lane = getelementptr i8, ptr %lanes, i64 %lane.offset
  %upper = lshr i64 %x3, 20
  %word.number = urem i64 %upper, %words
  %word.index = add i64 %low, %word.number
  %word = getelementptr i32, ptr %lane, i64 %word.index
  %choice.wide = lshr i64 %x3, 50
  %choice.narrow = trunc i64 %choice.wide to i32
  %choice = and i32 %choice.narrow, 3
  %any = trunc i64 %x3 to i32
  %small = and i32 %any, 7
  %request = load volatile i32, ptr %lane
  %before = sub i32 %request, 1
  switch i32 %choice, label %write [ i32 1, label %little
                                     i32 2, label %answered
                                     i32 3, label %waiting ]
little:
  br label %write
answered:
  br label %write
waiting:
  br label %write
write:
  %value = phi i32 [ %any, %next ], [ %small, %little ], [ %request, %answered ], [ %before, %waiting ]
  store volatile i32 %value, ptr %word
  %n.next = add i64 %n, 1
  %over = icmp eq i64 %n, %rounds
  br i1 %over, label %done, label %next
done:
  ret ptr null
}
