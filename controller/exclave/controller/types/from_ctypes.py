"""Types from ctypes' classes.

Owns: what ctypes' classes mean. Must not know: ctypes' instances, but for functions' prototypes. Invariant: a struct
lies in memory as ctypes has it; what a C compiler might lay out or pass in another way is refused.
"""

from __future__ import annotations

import ctypes
import sys
from typing import Any

from ..errors import SignatureError
from .type import PTR, Type

_SIGNED, _UNSIGNED = "bhilq", "BHILQ"
_I8 = Type("int", 8)


def type_from_ctypes(given: type) -> Type | None:
    """The type of a ctypes class, or None if it is none that a call can pass.

    Raises:
        SignatureError: a struct with a layout of its own: bit fields, packed, a union, of the other byte order.
    """
    return None if given is ctypes.c_char else _type_within(given)  # a call's result would be bytes


def _type_within(given: type, in_struct: bool = False) -> Type | None:
    """`in_struct`: pointers do not say what they point to, since that may be the struct itself."""
    if issubclass(given, ctypes._SimpleCData):
        return _type_from_code(getattr(given, "_type_", ""), ctypes.sizeof(given) * 8)
    if issubclass(given, ctypes._Pointer):
        return PTR if in_struct else _pointer_to(getattr(given, "_type_", None))
    if issubclass(given, ctypes._CFuncPtr):  # type: ignore[attr-defined]
        return PTR if in_struct else Type("ptr", 64, function=_prototype(given))
    if issubclass(given, ctypes.Union):
        raise SignatureError(f"{given.__name__} is a union: pass a pointer to it")
    if issubclass(given, ctypes.Array):
        return _array(given)
    return _struct(given) if issubclass(given, ctypes.Structure) else None


def _type_from_code(code: str, bits: int) -> Type | None:
    """ctypes names its simple types by `struct`'s letters."""
    if code in ("?", "c", "u"):
        return {"?": Type("int", 1), "c": _I8, "u": Type("int", bits)}[code]
    if code in ("f", "d"):
        return Type("float", bits)
    if code and code in "zZ":
        return Type("ptr", 64, pointee=_I8 if code == "z" else Type("int", 32), const=True)
    if code == "P":
        return PTR
    if code and code in _SIGNED + _UNSIGNED:
        return Type("int", bits, signed=code in _SIGNED)
    return None


def _pointer_to(target: Any) -> Type:
    """What it points to is nobody's business but the marshaller's, who takes everything."""
    try:
        pointee = _type_within(target) if isinstance(target, type) else None
    except SignatureError:
        pointee = None
    return Type("ptr", 64, pointee=pointee)


def _prototype(given: Any) -> Any:
    from .signature import Signature

    try:
        return Signature.parse(given._restype_, list(given._argtypes_))
    except (SignatureError, AttributeError):
        return None


def _array(given: Any) -> Type | None:
    element = _type_within(given._type_, in_struct=True)
    return None if element is None else Type("array", element=element, count=given._length_)


def _struct(given: Any) -> Type | None:
    rows = _fields_of(given)
    if not rows:
        return None
    _check_layout(given, rows)
    fields = [_type_within(row[1], in_struct=True) for row in rows]
    for row, one in zip(rows, fields, strict=True):
        if one is None:
            raise SignatureError(f"{given.__name__}.{row[0]}: a call cannot pass {row[1].__name__} in a struct")
    found = Type("struct", fields=tuple(filter(None, fields)), names=tuple(row[0] for row in rows), ctype=given)
    if found.size != ctypes.sizeof(given) or list(found.offsets) != [getattr(given, row[0]).offset for row in rows]:
        raise SignatureError(f"{given.__name__}: ctypes lays it out as no C compiler does by itself")
    return found


def _fields_of(given: Any) -> list[tuple[Any, ...]]:
    """Those of its bases come first."""
    return [row for base in reversed(given.__mro__) for row in base.__dict__.get("_fields_", ())]


def _check_layout(given: Any, rows: list[tuple[Any, ...]]) -> None:
    if getattr(given, "_pack_", 0) or getattr(given, "_align_", 0):
        raise SignatureError(f"{given.__name__} sets its own packing or alignment: pass a pointer to it")
    if any(len(row) > 2 for row in rows):
        raise SignatureError(f"{given.__name__} has bit fields: pass a pointer to it")
    if sys.byteorder != "little" or hasattr(given, "_swappedbytes_"):
        raise SignatureError(f"{given.__name__} is big endian: pass a pointer to it")
