"""A thread of the emulated process, which is a thread of this one.

Owns: how it runs: the processor executes, the library and the kernel serve, until the function returns. Must not know:
any one function. Invariant: all of it happens in its turn (machine.py), but what waits.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from . import signals, system_calls
from .address_space import NotMappedError
from .architecture import RED_ZONE, SIGSEGV, Trap

if TYPE_CHECKING:
    from .process import Process

_DESTRUCTOR_ROUNDS = 4  # PTHREAD_DESTRUCTOR_ITERATIONS


class Jump(Exception):
    """longjmp(): to a frame whose stack pointer is `sp`, with the registers that were kept.

    What the library called in between, and waits for, is given up like everything else.
    """

    def __init__(self, pc: int, sp: int, registers: dict[int, int]) -> None:
        super().__init__(hex(pc))
        self.pc, self.sp, self.registers = pc, sp, registers


class Thread:
    """One thread. `thread_pointer`: what the register of that name holds, and its pthread_t; `specific`: its values of keys."""

    def __init__(self, process: Process, stack_end: int, thread_pointer: int) -> None:
        self.process, self.machine, self.memory = process, process.machine, process.memory
        self.specific: dict[int, int] = {}
        self.alternate_stack: tuple[int, int] | None = None
        self.in_handler, self.pending_signal = False, 0
        self.thread_pointer = thread_pointer
        self.errno_address = process.errno_of(thread_pointer)
        self._stack_end = stack_end

    def start(self, function: int, *arguments: int) -> int:
        """Its life: a call with nothing around it. Returns the function's result."""
        with self.machine.turn(self):
            self.machine.uc.reg_write(self.machine.architecture.thread_pointer, self.thread_pointer)
            self.machine.uc.reg_write(self.machine.architecture.sp, self._stack_end)
            result = self.call(function, *arguments)
            self._destroy_specific()
            return result

    def _destroy_specific(self) -> None:
        """What was set under keys is given to their destructors, which may set it again: some times."""
        for _ in range(_DESTRUCTOR_ROUNDS):
            left = [(key, value) for key, value in self.specific.items() if value]
            self.specific.clear()
            for key, value in left:
                if destructor := self.process.key_destructors[key]:
                    self.call(destructor, value)

    def call(self, function: int, *arguments: int, stack_end: int = 0) -> int:
        """Call emulated code, on top of what it does now, or on another stack; the integer that it returns."""
        architecture, uc = self.machine.architecture, self.machine.uc
        kept = [register for register in (architecture.sp, architecture.link) if register is not None]
        before = self.machine.registers(kept)
        base = ((stack_end or before[0]) - RED_ZONE) & -16
        architecture.enter(uc, base, self.process.return_address, self.memory.write)
        for register, value in zip(architecture.integers, arguments, strict=False):
            uc.reg_write(register, value)
        self._run(function, base)
        for register, value in zip(kept, before, strict=True):
            uc.reg_write(register, value)
        return uc.reg_read(architecture.result)

    def _run(self, pc: int, base: int) -> None:
        """Until the function returns whose caller's stack ends at `base`."""
        while pc != self.process.return_address:
            try:
                pc = self._step(pc)
            except NotMappedError as error:  # in the library
                pc = self.machine.uc.reg_read(self.machine.architecture.pc)
                pc = signals.deliver(self, Trap("signal", pc, SIGSEGV, error.address, "read"))
            except Jump as jump:
                if jump.sp > base:
                    raise
                pc = self._land(jump)

    def _step(self, pc: int) -> int:
        """Run until something must be done, and do it; where it goes on."""
        pc, stopped = self.machine.run(pc, self.process.return_address)
        if pc == self.process.return_address:
            return pc
        function = self.process.library.function_at(pc)
        if function is not None:
            return self._served(function(self))
        if stopped is None:
            with self.machine.away(self):  # somebody waits
                return pc
        if stopped.kind == "system call":
            system_calls.by_instruction(self)
            return pc
        return signals.deliver(self, stopped)

    def _served(self, result: float | None) -> int:
        """The library's function returns. Nobody may rely on what it leaves in registers that are not its results."""
        architecture, uc = self.machine.architecture, self.machine.uc
        self.machine.lose_registers()
        if isinstance(result, float):
            uc.reg_write(architecture.float_result, int.from_bytes(struct.pack("<d", result), "little"))
        elif result is not None:
            uc.reg_write(architecture.result, result & (1 << 64) - 1)
        return architecture.leave(uc, self.memory.read)

    def _land(self, jump: Jump) -> int:
        for register, value in jump.registers.items():
            self.machine.uc.reg_write(register, value)
        self.machine.uc.reg_write(self.machine.architecture.sp, jump.sp)
        return jump.pc
