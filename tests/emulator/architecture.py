"""What the emulator needs to know of an architecture; each has a file of its own.

Owns: the vocabulary. Must not know: any one architecture, the linker, the session runtime: what they agree on with the
hardware and the kernel is said here once more, independently. Invariant: registers are Unicorn's numbers.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Literal, NamedTuple

from unicorn import Uc


class Registers:
    """Unicorn's numbers of an architecture's registers, by their names."""

    def __init__(self, constants: ModuleType, prefix: str) -> None:
        self._constants = constants
        self._prefix = prefix

    def __call__(self, name: str) -> int:
        """One."""
        number: int = getattr(self._constants, self._prefix + name)
        return number

    def named(self, names: str) -> list[int]:
        """Several, with spaces between their names."""
        return [self(name) for name in names.split()]

    def range(self, letters: str, first: int, last: int) -> list[int]:
        """Those that are numbered, from the first to the last."""
        return [self(f"{letters}{number}") for number in range(first, last + 1)]


class Trap(NamedTuple):
    """Why the processor stopped by itself: a system call, or a signal that the kernel would send; and where it was.

    `address` and `access`: of memory, for SIGSEGV.
    """

    kind: Literal["system call", "signal"]
    pc: int
    signal: int = 0
    address: int = 0
    access: Literal["", "read", "write", "fetch"] = ""


@dataclass(frozen=True)
class Architecture:
    """Registers and conventions.

    Attributes:
        unicorn: its architecture and mode.
        target: what LLVM compiles for: triple, CPU, features.
        integers, floats: registers of arguments, in their order.
        link: the register with the return address; None: it is on the stack.
        variadic_floats: whether doubles that a `...` stands for come in registers for doubles.
        floats_in_integers: whether doubles for which there is no register left come in those of integers.
        kept, kept_floats: what a function must give back as it was, and longjmp() does: besides the stack pointer.
        lost: registers that a function may leave anything in; those of its results are among them.
        thread_pointer: the register by which thread-local variables are found.
        system_number, system_arguments, system_result: registers of a system call.
        mcontext_offset: of registers in the kernel's ucontext_t.
        mcontext: the registers there, in its order; or what the kernel has of a fault there, as a function of it.
        prepare: turns on what the kernel has on.
        trap_of: what an interrupt of Unicorn's number means at a place.
        breakpoints: instructions for which there is SIGTRAP, though Unicorn finds them invalid.
        hook_system_calls: has Unicorn tell of those that are no interrupts, with the place behind each.
    """

    name: str
    unicorn: tuple[int, int]
    target: tuple[str, str, str]
    pc: int
    sp: int
    integers: Sequence[int]
    floats: Sequence[int]
    result: int
    float_result: int
    link: int | None
    variadic_floats: bool
    floats_in_integers: bool
    kept: Sequence[int]
    kept_floats: Sequence[int]
    lost: Sequence[int]
    thread_pointer: int
    system_number: int
    system_arguments: Sequence[int]
    system_result: int
    mcontext_offset: int
    mcontext: Sequence[int | Callable[[Trap], int]]
    prepare: Callable[[Uc], None]
    trap_of: Callable[[int, int], Trap]
    breakpoints: tuple[bytes, ...] = ()
    hook_system_calls: Callable[[Uc, Callable[[int], None]], None] = field(default=lambda _uc, _tell: None)

    def enter(self, uc: Uc, sp: int, return_to: int, write: Callable[[int, bytes], None]) -> None:
        """The state in which a function is entered whose caller's stack ends at `sp`, a multiple of 16."""
        if self.link is None:
            sp -= 8
            write(sp, return_to.to_bytes(8, "little"))
        else:
            uc.reg_write(self.link, return_to)
        uc.reg_write(self.sp, sp)

    def leave(self, uc: Uc, read: Callable[[int, int], bytes]) -> int:
        """As the last instruction of a function does it; where it goes on."""
        if self.link is not None:
            return uc.reg_read(self.link)
        sp = uc.reg_read(self.sp)
        uc.reg_write(self.sp, sp + 8)
        return int.from_bytes(read(sp, 8), "little")

    @property
    def stack_arguments(self) -> int:
        """Bytes from the stack pointer at a function's entry to the first argument on the stack."""
        return 8 if self.link is None else 0


def traps(numbers: Mapping[int, int], back: int = 0) -> Callable[[int, int], Trap]:
    """`trap_of` by a table of signals; `back`: how far Unicorn's program counter is behind an instruction."""

    def trap_of(number: int, pc: int) -> Trap:
        found = numbers[number]  # a KeyError names an interrupt that nobody has thought of
        return Trap("system call", pc) if found == SYSTEM_CALL else Trap("signal", pc - back, found)

    return trap_of


def nothing(_trap: Trap) -> int:
    """A word of mcontext that nobody looks at."""
    return 0


RED_ZONE = 256  # bytes below the stack pointer that its function may use: 128 on x86-64
SYSTEM_CALL = -1
SIGILL, SIGTRAP, SIGFPE, SIGSEGV = map(int, (signal.SIGILL, signal.SIGTRAP, signal.SIGFPE, signal.SIGSEGV))
