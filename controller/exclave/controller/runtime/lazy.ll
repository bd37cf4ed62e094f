; Lazy functions: asking the controller, which compiles and links it, for the function that is called.
;
; A lazy function's trampoline puts its number into a scratch register and jumps to exclave_lazy_entry (arch/*_lazy.ll),
; which keeps the arguments, comes here, and goes on at the address that this returns. What goes wrong over there is an
; exception there, as in every callback: the call is abandoned and this does not return. (orc::LazyCallThroughManager)

declare void @exclave_callback(i64, ptr, i64)

define hidden ptr @exclave_resolve_lazy(i64 %number) nounwind {
  %slot = alloca i64, align 16
  store i64 %number, ptr %slot
  ; callback 1 is the controller's table of lazy functions: the number goes, the address comes
  call void @exclave_callback(i64 1, ptr %slot, i64 8)
  %address = load ptr, ptr %slot
  ret ptr %address
}
