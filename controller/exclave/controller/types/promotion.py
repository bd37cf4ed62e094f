"""Types of the arguments that a variadic function's declaration does not name.

Owns: C's default argument promotions, for Python's values. Must not know: how they are packed. Invariant: a type is
only made of a value that says which it is; integers have C's: `int` if it is large enough, else 64 bits.
"""

from __future__ import annotations

import ctypes
from typing import Any

from ..errors import SignatureError
from .from_ctypes import type_from_ctypes
from .type import PTR, Type

INT = Type("int", 32)
LONG = Type("int", 64)
DOUBLE = Type("float", 64)
TEXT = Type("ptr", 64, pointee=Type("int", 8), const=True)
_CTYPES = (
    ctypes._SimpleCData, ctypes.Structure, ctypes.Union, ctypes.Array, ctypes._Pointer,
    ctypes._CFuncPtr,  # type: ignore[attr-defined]
)  # fmt: skip


def promoted_type(value: Any, position: int) -> Type:
    """The type that argument number `position` is passed as.

    Raises:
        SignatureError: `value` does not say which.
    """
    if isinstance(value, bytes | str):
        return TEXT
    if isinstance(value, int):
        return INT if INT.low <= value <= INT.high >> 1 else LONG
    if isinstance(value, float):
        return DOUBLE
    found = _ctypes_type(value) if isinstance(value, _CTYPES) else _numpy_type(value) or _pointer_type(value)
    if found is None:
        raise SignatureError(
            f"argument {position}: {type(value).__name__} does not say its C type: give a ctypes value",
            position=position,
        )
    return _promoted(found)


def _ctypes_type(value: Any) -> Type | None:
    if isinstance(value, ctypes.Array):
        return PTR
    return type_from_ctypes(type(value))


def _numpy_type(value: Any) -> Type | None:
    """Of NumPy's numbers; its arrays are passed by their address."""
    letter = getattr(getattr(value, "dtype", None), "kind", "") if not hasattr(type(value), "__len__") else ""
    if letter in ("i", "u"):
        return Type("int", value.dtype.itemsize * 8, signed=letter == "i")
    if letter == "b":
        return INT
    return DOUBLE if letter == "f" and value.dtype.itemsize <= 8 else None


def _pointer_type(value: Any) -> Type | None:
    """None is C's NULL; a buffer, an array or what has an address is marshalled."""
    if value is None or hasattr(value, "address") or hasattr(value, "__array_interface__"):
        return PTR
    try:
        memoryview(value)
    except TypeError:
        return None
    return PTR


def _promoted(given: Type) -> Type:
    if given.kind == "float":
        return DOUBLE
    return INT if given.kind == "int" and given.bits < INT.bits else given
