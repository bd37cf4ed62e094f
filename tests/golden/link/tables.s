# Every kind of GOT and PLT reference, initializers with priorities, bounds of a section, two owners' worth of data.
        .text
        .globl  use
        .type   use, @function
use:    movq    data@GOTPCREL(%rip), %rax
        call    outside@PLT
        jmp     *outside@GOTPCREL(%rip)
        leaq    _GLOBAL_OFFSET_TABLE_(%rip), %rbx
        movabsq $data@GOTOFF, %rcx
        movabsq $data@GOT, %rdx
        movabsq $outside@PLTOFF, %rsi
        movabsq $_GLOBAL_OFFSET_TABLE_-., %rdi
        ret
        .size   use, .-use
        .data
        .globl  data
data:   .quad   use, __start_items, __stop_items
        .long   data-.
        .size   data, 28
        .section items,"aw",@progbits
        .quad   1, 2
        .section .init_array,"aw",@init_array
        .quad   use
        .section .init_array.00101,"aw",@init_array
        .quad   use+1
        .bss
        .globl  room
room:   .zero   32
