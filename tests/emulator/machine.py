"""The processor: one, which the threads of the emulated process take turns on.

Owns: Unicorn, the turns, what a thread's registers are while it has none. Must not know: the library, the process.
Invariant: Unicorn is used by the thread whose turn it is; who waits for a turn gets one soon, whatever the other does.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

from unicorn import (
    UC_ERR_INSN_INVALID,
    UC_HOOK_INTR,
    UC_HOOK_MEM_INVALID,
    UC_MEM_FETCH_PROT,
    UC_MEM_FETCH_UNMAPPED,
    UC_MEM_WRITE_PROT,
    UC_MEM_WRITE_UNMAPPED,
    Uc,
    UcError,
)

from .architecture import SIGILL, SIGSEGV, SIGTRAP, Architecture, Trap

_SLICE = 0.01
"""Seconds after which somebody who waits has the other one stopped."""
_ACCESSES: dict[int, Literal["write", "fetch"]] = {
    UC_MEM_WRITE_UNMAPPED: "write",
    UC_MEM_WRITE_PROT: "write",
    UC_MEM_FETCH_UNMAPPED: "fetch",
    UC_MEM_FETCH_PROT: "fetch",
}


class _Rubbish:
    """Registers, and for each of them where its new value is, in the form that Unicorn's C function takes."""

    def __init__(self, registers: Sequence[int]) -> None:
        value = ctypes.create_string_buffer(b"j" * 64)  # as long as any register
        self.registers = (ctypes.c_int * len(registers))(*registers)
        self.places = (ctypes.c_void_p * len(registers))(*[ctypes.addressof(value)] * len(registers))
        self._value = value


class Machine:
    """One processor of an architecture."""

    def __init__(self, architecture: Architecture) -> None:
        self.architecture = architecture
        self.uc = Uc(*architecture.unicorn)
        architecture.prepare(self.uc)
        self._lost = _Rubbish(architecture.lost)
        self._turn = threading.Lock()
        self._loaded: object = None
        self._contexts: dict[object, Any] = {}
        self._fresh = self.uc.context_save()
        self._trap: Trap | None = None
        self._access: tuple[int, int] | None = None
        self.uc.hook_add(UC_HOOK_INTR, self._note_interrupt)
        self.uc.hook_add(UC_HOOK_MEM_INVALID, self._note_access)
        architecture.hook_system_calls(self.uc, lambda pc: self._note(Trap("system call", pc)))

    # Turns.

    @contextmanager
    def turn(self, holder: object) -> Iterator[None]:
        """`holder`, any object, has the processor, with the registers that it had."""
        self._take(holder)
        try:
            yield
        finally:
            self._turn.release()

    @contextmanager
    def away(self, holder: object) -> Iterator[None]:
        """Within a turn: somebody else may have it."""
        self._turn.release()
        try:
            yield
        finally:
            self._take(holder)

    def _take(self, holder: object) -> None:
        while not self._turn.acquire(timeout=_SLICE):
            self.uc.emu_stop()
        if self._loaded is holder:
            return
        if self._loaded is not None:
            self._contexts[self._loaded] = self.uc.context_save()
        self.uc.context_restore(self._contexts.pop(holder, self._fresh))
        self._loaded = holder

    # Running; by who has the turn.

    def run(self, pc: int, until: int) -> tuple[int, Trap | None]:
        """Execute from `pc` on until something else must be done: where it is now, and what stopped it.

        None: it is at `until`, or somebody waits for a turn.
        """
        self._trap = self._access = None
        try:
            self.uc.emu_start(pc, until)
        except UcError as error:
            self._trap = self._trap or self._trap_of(error)
        return (self._trap.pc if self._trap else self.uc.reg_read(self.architecture.pc)), self._trap

    def _trap_of(self, error: UcError) -> Trap:
        """The signal that the kernel sends."""
        pc = self.uc.reg_read(self.architecture.pc)
        if self._access is not None:
            kind, address = self._access
            return Trap("signal", pc, SIGSEGV, address, _ACCESSES.get(kind, "read"))
        if error.errno != UC_ERR_INSN_INVALID:
            raise error
        found = bytes(self.uc.mem_read(pc, 4)).startswith(self.architecture.breakpoints)
        return Trap("signal", pc, SIGTRAP if found else SIGILL)

    def _note_access(self, _uc: Uc, kind: int, address: int, _size: int, _value: int, _: object) -> bool:
        self._access = kind, address
        return False

    def _note_interrupt(self, uc: Uc, number: int, _: object) -> None:
        self._note(self.architecture.trap_of(number, uc.reg_read(self.architecture.pc)))

    def _note(self, trap: Trap) -> None:
        self._trap = trap
        self.uc.emu_stop()

    def forget_code(self) -> None:
        """Fetch everything anew."""
        self.uc.ctl_flush_tb()

    def lose_registers(self) -> None:
        """Have rubbish in all that a function need not keep.

        The public way to write many makes the arrays for each call anew, which takes longer than all else in it.
        """
        rubbish = self._lost
        self.uc._do_reg_write_batch(rubbish.registers, rubbish.places, len(rubbish.registers))

    def registers(self, numbers: list[int]) -> list[int]:
        """What they hold."""
        return [self.uc.reg_read(number) for number in numbers]
