"""Lazy functions: what a trampoline's number stands for, and asking for it when native code calls the trampoline.

Owns: the numbers. Must not know: compiling, linking, where trampolines lie. Invariant: a number is never used twice in
a session; one that the worker makes up is an error of its call. (orc::LazyCallThroughManager; runtime/lazy.ll)
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Callable

from ..errors import ExecutorError

Resolve = Callable[[], int]
"""Makes a function ready and returns its address."""
_SLOT = struct.Struct("<Q")


class LazyTable:
    """The lazy functions of a session. Thread-safe."""

    def __init__(self) -> None:
        self._numbers = itertools.count()
        self._resolvers: dict[int, Resolve] = {}

    def add(self, resolve: Resolve) -> int:
        """A number for a function that `resolve` makes ready, each time that its trampoline is called."""
        number = next(self._numbers)
        self._resolvers[number] = resolve
        return number

    def remove(self, number: int) -> None:
        """Forget it."""
        self._resolvers.pop(number, None)

    def serve(self, slots: bytes) -> bytes:
        """The address for the number in `slots`.

        Raises:
            ExecutorError: there is no such number, or the slots are not what the runtime sends.
            BaseException: what `resolve` raises.
        """
        if len(slots) != _SLOT.size:
            raise ExecutorError(f"a lazy function asked with {len(slots)} bytes, the runtime sends {_SLOT.size}")
        number = _SLOT.unpack(slots)[0]
        resolve = self._resolvers.get(number)
        if resolve is None:
            raise ExecutorError(f"native code called lazy function number {number}, which there is not (any more)")
        return _SLOT.pack(resolve())
