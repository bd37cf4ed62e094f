; Have [begin, end) fetched anew as code, where it runs: what the daemon wrote through its own view is in the data cache,
; which knows addresses of memory, not of views; it is cleaned to where instructions come from, and then the instructions
; that any core may have of it are forgotten. Both go line by line, as long as CTR_EL0 says. `isb` is for this thread;
; the others have the barrier of ../flush_code.ll. (What libgcc's __clear_cache does, which not every process has.)
; The words come before the function's own code, which is never reached.
define hidden void @exclave_flush_range(ptr %begin, ptr %end) nounwind prologue [22 x i32] [
  i32 u0xd53b0022, ; 0x000  mrs x2, ctr_el0
  i32 u0x52800083, ; 0x004  mov w3, #4
  i32 u0x53104c44, ; 0x008  ubfx w4, w2, #0x10, #4
  i32 u0x1ac42064, ; 0x00c  lsl w4, w3, w4
  i32 u0x12000c42, ; 0x010  and w2, w2, #0xf
  i32 u0x1ac22063, ; 0x014  lsl w3, w3, w2
  i32 u0xd1000485, ; 0x018  sub x5, x4, #1
  i32 u0x8a250005, ; 0x01c  bic x5, x0, x5
  i32 u0xd50b7b25, ; 0x020  dc cvau, x5
  i32 u0x8b0400a5, ; 0x024  add x5, x5, x4
  i32 u0xeb0100bf, ; 0x028  cmp x5, x1
  i32 u0x54ffffa3, ; 0x02c  b.lo #0x20
  i32 u0xd5033b9f, ; 0x030  dsb ish
  i32 u0xd1000465, ; 0x034  sub x5, x3, #1
  i32 u0x8a250005, ; 0x038  bic x5, x0, x5
  i32 u0xd50b7525, ; 0x03c  ic ivau, x5
  i32 u0x8b0300a5, ; 0x040  add x5, x5, x3
  i32 u0xeb0100bf, ; 0x044  cmp x5, x1
  i32 u0x54ffffa3, ; 0x048  b.lo #0x3c
  i32 u0xd5033b9f, ; 0x04c  dsb ish
  i32 u0xd5033fdf, ; 0x050  isb
  i32 u0xd65f03c0  ; 0x054  ret
] {
  ret void
}
