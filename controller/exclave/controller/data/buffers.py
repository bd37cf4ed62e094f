"""Python's values that are bytes in memory, as NumPy arrays of that very memory.

Owns: which values those are. Must not know: zones, calls. Invariant: what comes out is a view of what was given, or for
text a new array; it can be written to exactly if the value can.
"""

from __future__ import annotations

import ctypes
import re
from typing import Any

import numpy as np

from ..errors import SignatureError
from ..types import Type

Array = np.ndarray[Any, Any]
_ByReference: type = type(ctypes.byref(ctypes.c_int()))
_SIMPLE = "iuf"
_FIELD_NAME = re.compile(":[^:]*:")
"""In a buffer's format (PEP 3118)."""


def array_from(value: Any, argtype: Type, position: int) -> Array | None:
    """An array of the bytes that a pointer to `value` points to; None if it is no such value.

    Raises:
        SignatureError: it is one, but of no use for a pointer to what `argtype` says.
    """
    if isinstance(value, np.ndarray):
        return _checked(np.asarray(value), argtype, position)
    if isinstance(value, str):
        return _text(value, argtype, position)
    if isinstance(value, bytes):
        return np.frombuffer(value + b"\0", np.uint8)
    if isinstance(value, ctypes._Pointer):
        raise SignatureError(
            f"argument {position}: a ctypes pointer does not say how much it points to: give what it points to, or "
            "ctypes.byref() of it",
            position=position,
        )
    return _buffer(value, position)


def referred_to(value: Any) -> tuple[Any, int] | None:
    """The object that a `ctypes.byref()` refers to, and the offset in it; None for anything else."""
    if not isinstance(value, _ByReference):
        return None
    target = value._obj  # type: ignore[attr-defined]
    address = ctypes.cast(value, ctypes.c_void_p).value or 0  # type: ignore[arg-type]
    return target, address - ctypes.addressof(target)


def _buffer(value: Any, position: int) -> Array | None:
    """NumPy's numbers have a buffer too, but are given for a pointer by mistake; so are functions of ctypes."""
    if isinstance(value, np.number | np.bool_ | ctypes._CFuncPtr):  # type: ignore[attr-defined]
        return None
    try:
        view = memoryview(value)
    except TypeError:
        return np.asarray(value) if hasattr(value, "__array_interface__") else None
    if "O" in _FIELD_NAME.sub("", view.format):
        raise _objects(position)
    if view.c_contiguous:
        return np.frombuffer(view, np.uint8)  # whatever its format is: ctypes has some that NumPy does not read
    return np.asarray(view)


def _objects(position: int) -> SignatureError:
    text = f"argument {position}: an array of Python's objects means nothing in another process"
    return SignatureError(text, position=position)


def _text(value: str, argtype: Type, position: int) -> Array:
    """A C string of UTF-8, or of whole code points for a `wchar_t *`; a new one."""
    if "\0" in value:
        raise SignatureError(f"argument {position}: the text holds a NUL, which ends a C string", position=position)
    pointee = argtype.pointee
    wide = pointee is not None and pointee.kind == "int" and pointee.bits == 32
    try:
        encoded = (value + "\0").encode("utf-32-le" if wide else "utf-8")
    except UnicodeEncodeError as error:
        raise SignatureError(f"argument {position}: {error}", position=position) from error
    return np.frombuffer(encoded, np.uint8)


def _checked(array: Array, argtype: Type, position: int) -> Array:
    """Objects mean nothing over there; numbers are those that the pointer points to, if both say which."""
    if array.dtype.hasobject:
        raise _objects(position)
    wanted = argtype.pointee
    if wanted is not None and wanted.kind in ("int", "float") and wanted.size > 1 and not _fits(array.dtype, wanted):
        raise SignatureError(
            f"argument {position}: a pointer to {wanted} wanted, an array of {array.dtype} given: convert it with "
            f'.astype("{_letter(wanted)}{wanted.size}")',
            position=position,
        )
    return array


def _letter(wanted: Type) -> str:
    if wanted.kind == "float":
        return "f"
    return "u" if wanted.signed is False else "i"


def _fits(given: np.dtype[Any], wanted: Type) -> bool:
    """The same size and sort of number; bytes, records and what else is no plain number is taken as it is."""
    if given.kind == "c":
        return wanted.kind == "float" and given.itemsize == 2 * wanted.size
    if given.kind not in _SIMPLE or given.itemsize == 1:
        return True
    return given.itemsize == wanted.size and (given.kind == "f") == (wanted.kind == "float")
