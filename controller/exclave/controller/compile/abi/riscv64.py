"""The RISC-V psABI's lp64d: "Integer Calling Convention" and "Hardware Floating-point Calling Convention".

Owns: which structs are passed as their one or two fields, and the registers that are left for them. Must not know: how
IR is written. Invariant: a struct goes by its fields only if there are registers for all of them; what a `...` stands
for never does.
"""

from __future__ import annotations

from ...types import Type
from .passing import Leaf, Part, Passing, leaves_of

INTEGER_REGISTERS = FLOAT_REGISTERS = 8
MAX_IN_REGISTERS = 16


class Riscv64:
    """One call's registers."""

    def __init__(self) -> None:
        self._integers, self._floats = INTEGER_REGISTERS, FLOAT_REGISTERS

    def result(self, restype: Type) -> Passing | None:
        """As a first named argument of its type, with registers of its own, or where the first argument points to."""
        if restype.kind not in ("struct", "vector"):
            return None
        fields = _float_fields(restype)
        if fields is not None:
            return _by_fields(fields)
        if restype.size > MAX_IN_REGISTERS:
            self._integers -= 1
            return Passing(memory="pointer")
        return _by_integers(restype)

    def argument(self, argtype: Type, named: bool) -> Passing | None:
        """By its fields, or in one or two integer registers, or by a pointer."""
        if argtype.kind not in ("struct", "vector"):
            self._count_plain(argtype, named)
            return None
        fields = _float_fields(argtype) if named else None
        if fields is not None and self._take(fields):
            return _by_fields(fields)
        in_pointer = argtype.size > MAX_IN_REGISTERS
        self._count_integers(1 if in_pointer or argtype.size <= 8 else 2)
        return Passing(memory="pointer") if in_pointer else _by_integers(argtype)

    def _count_plain(self, argtype: Type, named: bool) -> None:
        if argtype.kind == "float" and named and self._floats:
            self._floats -= 1
        else:
            self._count_integers(1)

    def _count_integers(self, wanted: int) -> None:
        self._integers -= min(wanted, self._integers)

    def _take(self, fields: list[Leaf]) -> bool:
        floats = sum(field.type.kind == "float" for field in fields)
        integers = len(fields) - floats
        if floats > self._floats or integers > self._integers:
            return False
        self._floats -= floats
        self._integers -= integers
        return True


def _float_fields(given: Type) -> list[Leaf] | None:
    """One float, two floats, or a float and an integer in either order; None for everything else."""
    if given.kind != "struct" or given.leaves > 2 or given.size > MAX_IN_REGISTERS:
        return None
    fields = list(leaves_of(given))
    kinds = [field.type.kind for field in fields]
    return fields if "float" in kinds and "vector" not in kinds else None


def _by_fields(fields: list[Leaf]) -> Passing:
    """Integers are not extended: nothing is known of the rest of their registers."""
    return Passing(tuple(Part(field.type.llvm, field.offset) for field in fields))


def _by_integers(given: Type) -> Passing:
    """LLVM begins an i128 at an even register where it must."""
    if given.size <= 8:
        return Passing((Part("i64", 0),))
    return Passing((Part("i128" if given.alignment == MAX_IN_REGISTERS else "[2 x i64]", 0),))
