"""What a function of the library was called with, by its architecture's calling convention.

Owns: which register or place on the stack is next. Must not know: functions. Invariant: as a compiler's callee would
take them; structs by value are nobody's here.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .thread import Thread


class Arguments:
    """The arguments of one call, one after the other; made at the function's entry."""

    def __init__(self, thread: Thread) -> None:
        architecture, uc = thread.machine.architecture, thread.machine.uc
        self._thread = thread
        self._architecture = architecture
        self._integers, self._floats = iter(architecture.integers), iter(architecture.floats)
        self._stack = uc.reg_read(architecture.sp) + architecture.stack_arguments

    def integer(self) -> int:
        """The next one of 64 bits, unsigned; whatever is narrower has its low bits."""
        register = next(self._integers, None)
        return self._next_on_stack() if register is None else self._thread.machine.uc.reg_read(register)

    def double(self) -> float:
        """The next one that is named."""
        register = next(self._floats, None)
        if register is not None:
            return self._float_of(self._thread.machine.uc.reg_read(register))
        return self._float_of(self.integer() if self._architecture.floats_in_integers else self._next_on_stack())

    def variadic_double(self) -> float:
        """The next one that a `...` stands for."""
        return self.double() if self._architecture.variadic_floats else self._float_of(self.integer())

    def _next_on_stack(self) -> int:
        value = self._thread.memory.word(self._stack)
        self._stack += 8
        return value

    @staticmethod
    def _float_of(bits: int) -> float:
        value: float = struct.unpack("<d", struct.pack("<Q", bits & (1 << 64) - 1))[0]
        return value
