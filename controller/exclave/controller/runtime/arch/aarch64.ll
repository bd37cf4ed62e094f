; What of the session runtime is different on aarch64: the number of the futex system call.

@exclave_futex_number = hidden constant i64 98
