"""The procedure call standard for the Arm 64-bit architecture (AAPCS64), 6.8 "Parameter Passing Rules".

Owns: homogeneous aggregates, and how the others are copied into registers. Must not know: how IR is written. Invariant:
LLVM knows which registers are left: an array of a type is passed in as many of them, or on the stack as a whole.
"""

from __future__ import annotations

from ...types import Type
from .passing import Part, Passing, leaves_of

MAX_IN_REGISTERS = 16
MAX_HOMOGENEOUS = 4
_ANY_VECTOR = {8: "<2 x i32>", 16: "<4 x i32>"}


class Aarch64:
    """One call."""

    def result(self, restype: Type) -> Passing | None:
        """As a first argument of its type, or where x8 points to."""
        return _passing(restype)

    def argument(self, argtype: Type, _named: bool) -> Passing | None:
        """Homogeneous aggregates in vector registers, others of up to 16 bytes in integer registers."""
        return _passing(argtype)


def _passing(given: Type) -> Passing | None:
    if given.kind != "struct":
        return None
    homogeneous = _homogeneous(given)
    if homogeneous is not None:
        return Passing((Part(homogeneous, 0),))
    if given.size > MAX_IN_REGISTERS:
        return Passing(memory="pointer")
    return Passing((Part("i64" if given.size <= 8 else "[2 x i64]", 0),))


def _homogeneous(given: Type) -> str | None:
    """One to four floats of one type, or vectors of one size, and nothing else."""
    if given.leaves > MAX_HOMOGENEOUS:
        return None
    kinds = [leaf.type for leaf in leaves_of(given)]
    first = kinds[0]
    alike = all((one.kind, one.size) == (first.kind, first.size) for one in kinds)
    if first.kind not in ("float", "vector") or not alike:
        return None
    return f"[{len(kinds)} x {first.llvm if first.kind == 'float' else _ANY_VECTOR[first.size]}]"
