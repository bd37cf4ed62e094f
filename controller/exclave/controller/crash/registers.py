"""The registers of a crashed thread, by architecture.

Owns: the order in which the kernel's mcontext_t has them, and their DWARF numbers. Must not know: faults, stacks.
Invariant: a record with too few registers is told by `KeyError`-free access: what is missing is None.

Source: the kernel's asm/sigcontext.h and asm/ptrace.h; System V psABI x86-64 table 3.36, AArch64 DWARF, RISC-V psABI.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from signal import SIGTRAP


@dataclass(frozen=True)
class RegisterFile:
    """How an architecture has them: `names` in mcontext_t's order, `dwarf` numbers by name.

    `call_sizes`: how long a call instruction may be, in bytes, the likeliest first.
    """

    names: tuple[str, ...]
    dwarf: Mapping[str, int]
    pc: str
    sp: str
    shown: tuple[str, ...]
    call_sizes: tuple[int, ...]

    def by_name(self, values: Sequence[int]) -> dict[str, int]:
        """The registers of a record, as many as it has."""
        return dict(zip(self.names, values, strict=False))

    def fault_pc(self, signal: int, values: Sequence[int]) -> int:
        """Where the instruction is that a signal came from: a breakpoint of x86-64 is told behind itself."""
        pc = self.by_name(values).get(self.pc, 0)
        return pc - 1 if signal == SIGTRAP and self.pc == "rip" and pc else pc

    @property
    def sp_number(self) -> int:
        """The stack pointer's DWARF number."""
        return self.dwarf[self.sp]


_X86_64 = RegisterFile(
    names=(
        *(f"r{n}" for n in range(8, 16)), "rdi", "rsi", "rbp", "rbx", "rdx", "rax", "rcx", "rsp", "rip",
        "eflags", "segments", "err", "trapno", "oldmask", "cr2",
    ),
    dwarf={name: n for n, name in enumerate(("rax", "rdx", "rcx", "rbx", "rsi", "rdi", "rbp", "rsp"))}
    | {f"r{n}": n for n in range(8, 16)},
    pc="rip",
    sp="rsp",
    shown=(
        "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", *(f"r{n}" for n in range(8, 16)), "rip", "eflags",
    ),
    call_sizes=(5, 2, 3, 6, 7, 4),
)  # fmt: skip
_AARCH64 = RegisterFile(
    names=("fault_address", *(f"x{n}" for n in range(31)), "sp", "pc", "pstate"),
    dwarf={f"x{n}": n for n in range(31)} | {"sp": 31},
    pc="pc",
    sp="sp",
    shown=(*(f"x{n}" for n in range(31)), "sp", "pc", "pstate"),
    call_sizes=(4,),
)
_RISCV64_NAMES = (
    "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", *(f"a{n}" for n in range(8)),
    *(f"s{n}" for n in range(2, 12)), "t3", "t4", "t5", "t6",
)  # fmt: skip
_RISCV64 = RegisterFile(
    names=("pc", *_RISCV64_NAMES),
    dwarf={name: n for n, name in enumerate(_RISCV64_NAMES, start=1)},
    pc="pc",
    sp="sp",
    shown=("pc", *_RISCV64_NAMES),
    call_sizes=(4, 2),
)
REGISTER_FILES: Mapping[str, RegisterFile] = {"x86_64": _X86_64, "aarch64": _AARCH64, "riscv64": _RISCV64}
