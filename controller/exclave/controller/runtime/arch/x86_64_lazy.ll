; Where trampolines of lazy functions go, with their number in r11d: all that arguments come in is kept (the vector
; registers too, however wide), the function is asked for, and the call goes on there as if nothing had been. The bytes
; come before the function's own code, which `call` enters. (System V psABI, "Passing Parameters"; XSAVE in the SDM)
define ptr @exclave_lazy_entry(i64 %number) nounwind prologue [137 x i8] [
  i8 u0x55,                                                                       ; 0x000  push rbp
  i8 u0x48, i8 u0x89, i8 u0xe5,                                                   ; 0x001  mov rbp, rsp
  i8 u0x57,                                                                       ; 0x004  push rdi
  i8 u0x56,                                                                       ; 0x005  push rsi
  i8 u0x52,                                                                       ; 0x006  push rdx
  i8 u0x51,                                                                       ; 0x007  push rcx
  i8 u0x41, i8 u0x50,                                                             ; 0x008  push r8
  i8 u0x41, i8 u0x51,                                                             ; 0x00a  push r9
  i8 u0x50,                                                                       ; 0x00c  push rax
  i8 u0x41, i8 u0x52,                                                             ; 0x00d  push r10
  i8 u0x53,                                                                       ; 0x00f  push rbx
  i8 u0x48, i8 u0x81, i8 u0xec, i8 u0x00, i8 u0x0c, i8 u0x00, i8 u0x00,           ; 0x010  sub rsp, 0xc00
  i8 u0x48, i8 u0x83, i8 u0xe4, i8 u0xc0,                                         ; 0x017  and rsp, 0xffffffffffffffc0
  i8 u0xb8, i8 u0x01, i8 u0x00, i8 u0x00, i8 u0x00,                               ; 0x01b  mov eax, 1
  i8 u0x31, i8 u0xc9,                                                             ; 0x020  xor ecx, ecx
  i8 u0x0f, i8 u0xa2,                                                             ; 0x022  cpuid
  i8 u0x89, i8 u0xcb,                                                             ; 0x024  mov ebx, ecx
  i8 u0x81, i8 u0xe3, i8 u0x00, i8 u0x00, i8 u0x00, i8 u0x08,                     ; 0x026  and ebx, 0x8000000
  i8 u0x74, i8 u0x20,                                                             ; 0x02c  je 0x4e
  i8 u0x31, i8 u0xc0,                                                             ; 0x02e  xor eax, eax
  i8 u0x48, i8 u0x8d, i8 u0xbc, i8 u0x24, i8 u0x00, i8 u0x02, i8 u0x00, i8 u0x00, ; 0x030  lea rdi, [rsp + 0x200]
  i8 u0xb9, i8 u0x08, i8 u0x00, i8 u0x00, i8 u0x00,                               ; 0x038  mov ecx, 8
  i8 u0xf3, i8 u0x48, i8 u0xab,                                                   ; 0x03d  rep stosq qword ptr [rdi], rax
  i8 u0xb8, i8 u0xe7, i8 u0x00, i8 u0x00, i8 u0x00,                               ; 0x040  mov eax, 0xe7
  i8 u0x31, i8 u0xd2,                                                             ; 0x045  xor edx, edx
  i8 u0x48, i8 u0x0f, i8 u0xae, i8 u0x24, i8 u0x24,                               ; 0x047  xsave64 ptr [rsp]
  i8 u0xeb, i8 u0x05,                                                             ; 0x04c  jmp 0x53
  i8 u0x48, i8 u0x0f, i8 u0xae, i8 u0x04, i8 u0x24,                               ; 0x04e  fxsave64 ptr [rsp]
  i8 u0x44, i8 u0x89, i8 u0xdf,                                                   ; 0x053  mov edi, r11d
  i8 u0xe8, i8 u0x2e, i8 u0x00, i8 u0x00, i8 u0x00,                               ; 0x056  call 0x89
  i8 u0x49, i8 u0x89, i8 u0xc3,                                                   ; 0x05b  mov r11, rax
  i8 u0x85, i8 u0xdb,                                                             ; 0x05e  test ebx, ebx
  i8 u0x74, i8 u0x0e,                                                             ; 0x060  je 0x70
  i8 u0xb8, i8 u0xe7, i8 u0x00, i8 u0x00, i8 u0x00,                               ; 0x062  mov eax, 0xe7
  i8 u0x31, i8 u0xd2,                                                             ; 0x067  xor edx, edx
  i8 u0x48, i8 u0x0f, i8 u0xae, i8 u0x2c, i8 u0x24,                               ; 0x069  xrstor64 ptr [rsp]
  i8 u0xeb, i8 u0x05,                                                             ; 0x06e  jmp 0x75
  i8 u0x48, i8 u0x0f, i8 u0xae, i8 u0x0c, i8 u0x24,                               ; 0x070  fxrstor64 ptr [rsp]
  i8 u0x48, i8 u0x8d, i8 u0x65, i8 u0xb8,                                         ; 0x075  lea rsp, [rbp - 0x48]
  i8 u0x5b,                                                                       ; 0x079  pop rbx
  i8 u0x41, i8 u0x5a,                                                             ; 0x07a  pop r10
  i8 u0x58,                                                                       ; 0x07c  pop rax
  i8 u0x41, i8 u0x59,                                                             ; 0x07d  pop r9
  i8 u0x41, i8 u0x58,                                                             ; 0x07f  pop r8
  i8 u0x59,                                                                       ; 0x081  pop rcx
  i8 u0x5a,                                                                       ; 0x082  pop rdx
  i8 u0x5e,                                                                       ; 0x083  pop rsi
  i8 u0x5f,                                                                       ; 0x084  pop rdi
  i8 u0x5d,                                                                       ; 0x085  pop rbp
  i8 u0x41, i8 u0xff, i8 u0xe3                                                    ; 0x086  jmp r11
] {
  %address = call ptr @exclave_resolve_lazy(i64 %number)
  ret ptr %address
}

declare hidden ptr @exclave_resolve_lazy(i64)
