"""RISC-V, 64 bits, hard floats. (RISC-V psABI, lp64d; Linux's struct sigcontext)"""

from __future__ import annotations

from unicorn import UC_ARCH_RISCV, UC_MODE_RISCV64, Uc
from unicorn import riscv_const as uc_riscv

from .architecture import SIGILL, SYSTEM_CALL, Architecture, Registers, traps

_register = Registers(uc_riscv, "UC_RISCV_REG_")
_FS = 3 << 13  # mstatus: the floating point unit's state is used
_LONGEST = 4  # bytes; so far is Unicorn's program counter from what it interrupts
_CALLS = range(8, 12)  # of the environment, from any mode


def _prepare(uc: Uc) -> None:
    uc.reg_write(_register("MSTATUS"), uc.reg_read(_register("MSTATUS")) | _FS)


RISCV64 = Architecture(
    name="riscv64",
    unicorn=(UC_ARCH_RISCV, UC_MODE_RISCV64),
    target=("riscv64-unknown-linux-gnu", "generic-rv64", "+a,+c,+d,+f,+m"),
    pc=_register("PC"),
    sp=_register("X2"),
    integers=_register.range("A", 0, 7),
    floats=_register.range("FA", 0, 7),
    result=_register("A0"),
    float_result=_register("FA0"),
    link=_register("X1"),
    variadic_floats=False,
    floats_in_integers=True,
    kept=[_register("X1"), *_register.range("S", 0, 11)],
    kept_floats=_register.range("FS", 0, 11),
    lost=[
        *_register.range("T", 0, 6),
        *_register.range("A", 0, 7),
        *_register.range("FT", 0, 11),
        *_register.range("FA", 0, 7),
    ],
    thread_pointer=_register("X4"),
    system_number=_register("A7"),
    system_arguments=_register.range("A", 0, 5),
    system_result=_register("A0"),
    mcontext_offset=176,
    mcontext=[_register("PC"), *_register.range("X", 1, 31)],
    prepare=_prepare,
    trap_of=traps({2: SIGILL, **dict.fromkeys(_CALLS, SYSTEM_CALL)}, back=_LONGEST),
    breakpoints=(b"\x73\x00\x10\x00", b"\x02\x90"),  # ebreak, c.ebreak
)
