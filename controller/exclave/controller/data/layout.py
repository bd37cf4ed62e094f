"""What this package asks of a type: how its values lie in memory.

Owns: that list. Must not know: how types are read or named. Invariant: `types.Type` has all of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np


class ValueType(Protocol):
    """A type of a value. The attributes are those of `types.Type`; here is what they mean to this package."""

    @property
    def kind(self) -> str:
        """int, float, ptr, void, struct, array or vector."""
        ...

    @property
    def bits(self) -> int:
        """The width of a number."""
        ...

    @property
    def signed(self) -> bool | None:
        """Of an integer; None takes both readings of the top bit."""
        ...

    @property
    def low(self) -> int:
        """The smallest integer that fits."""
        ...

    @property
    def high(self) -> int:
        """The largest integer that fits."""
        ...

    @property
    def size(self) -> int:
        """Bytes, with the padding at the end."""
        ...

    @property
    def dtype(self) -> np.dtype[Any]:
        """NumPy's type for its values; raises SignatureError if there is none."""
        ...

    @property
    def const(self) -> bool:
        """Of a pointer: nothing is written through it."""
        ...

    @property
    def pointee(self) -> ValueType | None:
        """Of a pointer: what it points to, if that is known."""
        ...

    @property
    def element(self) -> ValueType | None:
        """Of an array or a vector."""
        ...

    @property
    def count(self) -> int:
        """How many elements an array or a vector has."""
        ...

    @property
    def fields(self) -> Sequence[ValueType]:
        """Of a struct."""
        ...

    @property
    def names(self) -> Sequence[str]:
        """The names of a struct's fields; empty if they have none."""
        ...

    @property
    def offsets(self) -> Sequence[int]:
        """Where each field of a struct begins."""
        ...


class CallSignature(Protocol):
    """A function's types, as `types.Signature` has them."""

    @property
    def restype(self) -> ValueType:
        """Of the result."""
        ...

    @property
    def argtypes(self) -> Sequence[ValueType]:
        """Of the arguments."""
        ...
