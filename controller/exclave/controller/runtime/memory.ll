; Memory that no zone has (stacks, malloc's): entry points that copy it into slots, and slots into it.
;
; slots of peek: address ptr, size i64; afterwards `size` bytes of it, from the first slot on.
; slots of poke: address ptr, size i64, then `size` bytes.
; An address that nothing has is a crash, as it is for all native code. The caller sees to it that `size` fits.

declare ptr @memmove(ptr, ptr, i64)

define void @exclave_peek(ptr %unused, ptr %slots) nounwind {
  %size.p = getelementptr i64, ptr %slots, i64 1
  %address = load ptr, ptr %slots
  %size = load i64, ptr %size.p
  %copied = call ptr @memmove(ptr %slots, ptr %address, i64 %size)
  ret void
}

define void @exclave_poke(ptr %unused, ptr %slots) nounwind {
  %size.p = getelementptr i64, ptr %slots, i64 1
  %bytes = getelementptr i64, ptr %slots, i64 2
  %address = load ptr, ptr %slots
  %size = load i64, ptr %size.p
  %copied = call ptr @memmove(ptr %address, ptr %bytes, i64 %size)
  ret void
}
