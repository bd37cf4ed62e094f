; Where trampolines of lazy functions go, with their number in w9: all that arguments come in is kept (AAPCS64: x0 to
; x8, q0 to q7), the function is asked for, and the call goes on there as if nothing had been. The words come before the
; function's own code, which `bl` enters.
define ptr @exclave_lazy_entry(i64 %number) nounwind prologue [25 x i32] [
  i32 u0xa9b27bfd, ; 0x000  stp x29, x30, [sp, #-0xe0]!
  i32 u0x910003fd, ; 0x004  mov x29, sp
  i32 u0xa90107e0, ; 0x008  stp x0, x1, [sp, #0x10]
  i32 u0xa9020fe2, ; 0x00c  stp x2, x3, [sp, #0x20]
  i32 u0xa90317e4, ; 0x010  stp x4, x5, [sp, #0x30]
  i32 u0xa9041fe6, ; 0x014  stp x6, x7, [sp, #0x40]
  i32 u0xf9002be8, ; 0x018  str x8, [sp, #0x50]
  i32 u0xad0307e0, ; 0x01c  stp q0, q1, [sp, #0x60]
  i32 u0xad040fe2, ; 0x020  stp q2, q3, [sp, #0x80]
  i32 u0xad0517e4, ; 0x024  stp q4, q5, [sp, #0xa0]
  i32 u0xad061fe6, ; 0x028  stp q6, q7, [sp, #0xc0]
  i32 u0x2a0903e0, ; 0x02c  mov w0, w9
  i32 u0x9400000d, ; 0x030  bl #0x64
  i32 u0xaa0003f0, ; 0x034  mov x16, x0
  i32 u0xa94107e0, ; 0x038  ldp x0, x1, [sp, #0x10]
  i32 u0xa9420fe2, ; 0x03c  ldp x2, x3, [sp, #0x20]
  i32 u0xa94317e4, ; 0x040  ldp x4, x5, [sp, #0x30]
  i32 u0xa9441fe6, ; 0x044  ldp x6, x7, [sp, #0x40]
  i32 u0xf9402be8, ; 0x048  ldr x8, [sp, #0x50]
  i32 u0xad4307e0, ; 0x04c  ldp q0, q1, [sp, #0x60]
  i32 u0xad440fe2, ; 0x050  ldp q2, q3, [sp, #0x80]
  i32 u0xad4517e4, ; 0x054  ldp q4, q5, [sp, #0xa0]
  i32 u0xad461fe6, ; 0x058  ldp q6, q7, [sp, #0xc0]
  i32 u0xa8ce7bfd, ; 0x05c  ldp x29, x30, [sp], #0xe0
  i32 u0xd61f0200  ; 0x060  br x16
] {
  %address = call ptr @exclave_resolve_lazy(i64 %number)
  ret ptr %address
}

declare hidden ptr @exclave_resolve_lazy(i64)
