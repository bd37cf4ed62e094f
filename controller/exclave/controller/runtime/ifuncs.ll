; Asking resolvers which code their IFUNCs shall have: entry point of a call.
;
; slots: n i64, then n i64: resolvers, each of which its answer replaces. A resolver gets what the C library gives it:
; the hardware capabilities, and on aarch64 (whose bit 62 says so) where more of them are.
; (glibc's elf_ifunc_invoke: sysdeps/*/dl-irel.h)

declare i64 @getauxval(i64)

@exclave_ifunc_flags = external hidden constant i64

define void @exclave_resolve_ifuncs(ptr %unused, ptr %slots) nounwind {
entry:
  %more = alloca [3 x i64]
  %more.hwcap = getelementptr i64, ptr %more, i64 1
  %more.hwcap2 = getelementptr i64, ptr %more, i64 2
  %n = load i64, ptr %slots
  %resolvers = getelementptr i64, ptr %slots, i64 1
  %flags = load i64, ptr @exclave_ifunc_flags
  ; AT_HWCAP and AT_HWCAP2
  %hwcap = call i64 @getauxval(i64 16)
  %hwcap2 = call i64 @getauxval(i64 26)
  store i64 24, ptr %more
  store i64 %hwcap, ptr %more.hwcap
  store i64 %hwcap2, ptr %more.hwcap2
  %first = or i64 %hwcap, %flags
  %has_second = icmp ne i64 %flags, 0
  %second = select i1 %has_second, ptr %more, ptr null
  br label %check
check:
  %i = phi i64 [ 0, %entry ], [ %i.next, %ask ]
  %is_one = icmp ult i64 %i, %n
  br i1 %is_one, label %ask, label %done
ask:
  %p = getelementptr i64, ptr %resolvers, i64 %i
  %resolver = load ptr, ptr %p
  %choice = call i64 %resolver(i64 %first, ptr %second)
  store volatile i64 %choice, ptr %p
  %i.next = add i64 %i, 1
  br label %check
done:
  ret void
}
