"""The System V ABI for x86-64, 3.2.3 "Parameter Passing".

Owns: the classes of eightbytes, and the registers that are left. Must not know: how IR is written. Invariant: a value
is wholly in registers or wholly on the stack.
"""

from __future__ import annotations

from ...types import Type
from .passing import Part, Passing, leaves_of

INTEGER_REGISTERS, VECTOR_REGISTERS = 6, 8
MAX_IN_REGISTERS = 16
_ON_STACK = Passing(memory="stack")


class SystemV:
    """One call's registers."""

    def __init__(self) -> None:
        self._integers, self._vectors = INTEGER_REGISTERS, VECTOR_REGISTERS

    def result(self, restype: Type) -> Passing | None:
        """In up to two registers of each class; else where the first argument points to."""
        if restype.kind not in ("struct", "vector"):
            return None
        parts = _parts(restype)
        if parts is None:
            self._integers -= 1
            return Passing(memory="pointer")
        return Passing(parts)

    def argument(self, argtype: Type, _named: bool) -> Passing | None:
        """Structs and vectors in the registers of their eightbytes, if there are enough for all of them."""
        if argtype.kind not in ("struct", "vector"):
            self._take(argtype.kind != "float", argtype.kind == "float")
            return None
        parts = _parts(argtype)
        if parts is None:
            return _ON_STACK
        integers = sum(part.llvm == "i64" for part in parts)
        return Passing(parts) if self._take(integers, len(parts) - integers) else _ON_STACK

    def _take(self, integers: int, vectors: int) -> bool:
        if integers > self._integers or vectors > self._vectors:
            return False
        self._integers -= integers
        self._vectors -= vectors
        return True


def _parts(given: Type) -> tuple[Part, ...] | None:
    """An i64 for each eightbyte of class INTEGER, a double for SSE; a vector for SSE with SSEUP. None for MEMORY."""
    if given.size > MAX_IN_REGISTERS:
        return None
    classes: dict[int, str] = {}
    for leaf in leaves_of(given):
        place, is_integer = leaf.offset // 8 * 8, leaf.type.kind in ("int", "ptr")
        own = "<2 x double>" if leaf.type.size == MAX_IN_REGISTERS else "i64" if is_integer else "double"
        classes[place] = "i64" if classes.get(place) == "i64" else own
    return tuple(Part(classes[place], place) for place in sorted(classes))
