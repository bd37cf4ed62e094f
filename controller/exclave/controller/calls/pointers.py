"""Pointers that callbacks get, as something to look through.

Owns: what a pointer argument becomes in Python: a number for `void *`, bytes for `const char *`, a `Pointer` for the
rest. Must not know: how memory is reached. Invariant: nothing is read before somebody asks.
"""

from __future__ import annotations

from typing import Any

from ..data.values import bytes_of, value_of
from ..errors import SignatureError
from ..model import ExecutorAddr
from ..types import Signature, Type
from .worker_memory import WorkerMemory


class Pointer(ExecutorAddr):
    """An address in the worker, and what lies there: `p[0]`, `p[i]`, `p.contents`, as with ctypes.

    An `ExecutorAddr`, so also an integer; valid as long as native code says that it is: usually until the callback
    returns.
    """

    _memory: WorkerMemory
    _type: Type

    @classmethod
    def at(cls, address: int, pointee: Type, memory: WorkerMemory) -> Pointer:
        """A pointer to a `pointee` at `address`."""
        pointer = cls(address)
        pointer._memory, pointer._type = memory, pointee
        return pointer

    def __getitem__(self, index: int) -> Any:
        """The value `index` places behind."""
        return value_of(self._type, self._memory.read(self._place(index), self._type.size))

    def __setitem__(self, index: int, value: Any) -> None:
        """Write it."""
        self._memory.write(self._place(index), bytes_of(self._type, value, f"[{index}]"))

    @property
    def contents(self) -> Any:
        """What it points at."""
        return self[0]

    def _place(self, index: int) -> int:
        if not self:
            raise SignatureError(f"a null pointer to {self._type} points at nothing")
        return int(self) + index * self._type.size


def convert_arguments(signature: Signature, arguments: list[Any], memory: WorkerMemory) -> list[Any]:
    """What a callback's function gets for its raw arguments."""
    if not any(argtype.pointee is not None for argtype in signature.argtypes):
        return arguments
    return [
        _convert(argtype, value, memory) if argtype.pointee is not None else value
        for argtype, value in zip(signature.argtypes, arguments, strict=True)
    ]


def _convert(argtype: Type, value: int, memory: WorkerMemory) -> Any:
    pointee = argtype.pointee
    assert pointee is not None
    if argtype.const and pointee.kind == "int" and pointee.bits == 8:
        return memory.read_string(value) if value else None
    return Pointer.at(value, pointee, memory)
