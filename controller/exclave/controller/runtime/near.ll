; Copies of libc's streams, near enough for position-dependent code, which reads them directly.
;
; The streams are pointers that libc does not change; who assigns to one changes the copy. (link/direct.py)

@stdin = external global ptr
@stdout = external global ptr
@stderr = external global ptr

@exclave_near_stdin = global ptr null
@exclave_near_stdout = global ptr null
@exclave_near_stderr = global ptr null

; Called before the first call: the runtime has no initializers.
define hidden void @exclave_copy_streams() nounwind {
  %in = load ptr, ptr @stdin
  %out = load ptr, ptr @stdout
  %err = load ptr, ptr @stderr
  store ptr %in, ptr @exclave_near_stdin
  store ptr %out, ptr @exclave_near_stdout
  store ptr %err, ptr @exclave_near_stderr
  ret void
}
