; jit_dispatch: bytes to a handler of the controller's, bytes back; for those who bring their own serialization.
; (ORC's __orc_rt_jit_dispatch)
;
;   void *exclave_jit_dispatch(uint64_t tag, const void *data, size_t size, size_t *result_size);
;
; The result is malloc'ed, its caller frees it; null if there is no memory. Larger messages than a lane has room for go
; in pieces, through callback 0, whose slots are
;   %Piece: operation i64 (0 PUT, 1 GET), tag i64, total i64, offset i64, count i64, then `count` bytes
; PUT carries the argument, piece by piece; the answer to its last piece has the result's total, and its first piece.
; GET asks for the piece at `offset`.

%Piece = type { i64, i64, i64, i64, i64, [8192 x i8] }

declare void @exclave_callback(i64, ptr, i64)
declare ptr @malloc(i64)
declare ptr @memcpy(ptr, ptr, i64)

define ptr @exclave_jit_dispatch(i64 %tag, ptr %data, i64 %size, ptr %result_size) nounwind {
entry:
  %piece = alloca %Piece, align 16
  %total.p = getelementptr %Piece, ptr %piece, i32 0, i32 2
  br label %put

; The argument: at least one piece, an empty one for an empty argument.
put:
  %sent = phi i64 [ 0, %entry ], [ %sent.next, %put ]
  %left = sub i64 %size, %sent
  %put.count = call i64 @llvm.umin.i64(i64 %left, i64 8192)
  %from = getelementptr i8, ptr %data, i64 %sent
  store i64 %size, ptr %total.p
  call void @exchange(ptr %piece, i64 %tag, i64 0, i64 %sent, i64 %put.count, ptr %from)
  %sent.next = add i64 %sent, %put.count
  %more.put = icmp ult i64 %sent.next, %size
  br i1 %more.put, label %put, label %allocate

; The result; one byte more, since malloc(0) may be null.
allocate:
  %total = load i64, ptr %total.p
  %room = add i64 %total, 1
  %result = call ptr @malloc(i64 %room)
  %none = icmp eq ptr %result, null
  br i1 %none, label %failed, label %take
take:
  %taken = phi i64 [ 0, %allocate ], [ %taken.next, %get ]
  %count = call i64 @take_piece(ptr %piece, ptr %result, i64 %taken, i64 %total)
  %taken.next = add i64 %taken, %count
  %missing = icmp ult i64 %taken.next, %total
  br i1 %missing, label %get, label %done
get:
  call void @exchange(ptr %piece, i64 %tag, i64 1, i64 %taken.next, i64 0, ptr null)
  br label %take

done:
  store i64 %total, ptr %result_size
  ret ptr %result
failed:
  store i64 0, ptr %result_size
  ret ptr null
}

declare i64 @llvm.umin.i64(i64, i64)

; One callback. An answer may be a full piece, so the slots always have room for one; the lane's copy is the same size.
define internal void @exchange(ptr %piece, i64 %tag, i64 %operation, i64 %offset, i64 %count, ptr %from) nounwind {
  %tag.p = getelementptr %Piece, ptr %piece, i32 0, i32 1
  %offset.p = getelementptr %Piece, ptr %piece, i32 0, i32 3
  %count.p = getelementptr %Piece, ptr %piece, i32 0, i32 4
  %bytes = getelementptr %Piece, ptr %piece, i32 0, i32 5
  %size = ptrtoint ptr getelementptr (%Piece, ptr null, i32 1) to i64
  store i64 %operation, ptr %piece
  store i64 %tag, ptr %tag.p
  store i64 %offset, ptr %offset.p
  store i64 %count, ptr %count.p
  %copied = call ptr @memcpy(ptr %bytes, ptr %from, i64 %count)
  call void @exclave_callback(i64 0, ptr %piece, i64 %size)
  ret void
}

; Put the answer's bytes behind those that are there; at most what is missing.
define internal i64 @take_piece(ptr %piece, ptr %result, i64 %taken, i64 %total) nounwind {
  %count.p = getelementptr %Piece, ptr %piece, i32 0, i32 4
  %bytes = getelementptr %Piece, ptr %piece, i32 0, i32 5
  %place = getelementptr i8, ptr %result, i64 %taken
  %said = load i64, ptr %count.p
  %left = sub i64 %total, %taken
  %bounded = call i64 @llvm.umin.i64(i64 %said, i64 8192)
  %count = call i64 @llvm.umin.i64(i64 %bounded, i64 %left)
  %copied = call ptr @memcpy(ptr %place, ptr %bytes, i64 %count)
  ret i64 %count
}
