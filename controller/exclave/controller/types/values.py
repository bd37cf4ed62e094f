"""Values of types: from Python into memory, and back.

Owns: what may be given for a type, and its bytes. Must not know: signatures, where slots lie.
Invariant: a value takes exactly its type's size; what does not fit is refused with the place that it was given at.
"""

from __future__ import annotations

import ctypes
import functools
import math
import operator
import struct
from collections import namedtuple
from collections.abc import Callable, Mapping
from typing import Any, Protocol, cast

from ..checks import shown
from ..errors import ArgumentRangeError, SignatureError
from .type import Type

FLOAT_FORMATS = {16: "<e", 32: "<f", 64: "<d"}
_POINTER_VALUES = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_wchar_p)


class PointerMaker(Protocol):
    """Makes addresses in the worker of what is given for a pointer."""

    def address_of(self, value: Any, argtype: Type, position: int) -> int:
        """The address of `value`, which is neither an integer nor None, for argument number `position`.

        Raises:
            SignatureError: there is none for such a value.
        """
        ...


class Giver:
    """Who gave a value, for errors: argument `position` (0 for a callback's result), and where in it."""

    def __init__(self, position: int, pointers: PointerMaker | None = None) -> None:
        self.position = position
        self.pointers = pointers
        self._path: list[str] = []

    def __str__(self) -> str:
        return ", ".join([f"argument {self.position}" if self.position else "the callback's result", *self._path])

    def inner(self, name: str) -> Giver:
        """For a field or an element."""
        giver = Giver(self.position, self.pointers)
        giver._path = [*self._path, name]
        return giver

    def wrong_type(self, wanted: Type, value: Any) -> SignatureError:
        """The error for a value of no use."""
        text = f"{self}: {wanted} wanted, {type(value).__name__} given"
        return SignatureError(text, position=self.position)

    def wrong_range(self, wanted: Type, value: Any, why: str = "") -> ArgumentRangeError:
        """The error for a value that is too large or too small."""
        return ArgumentRangeError(f"{self}: {shown(value)} does not fit {wanted}{why}", position=self.position)


def to_memory(wanted: Type, given: Any, giver: Giver) -> bytes:
    """The `wanted.size` bytes of a value as it lies in memory.

    Raises:
        SignatureError: the wrong type.
        ArgumentRangeError: it does not fit.
    """
    match wanted.kind:
        case "float":
            return float_bytes(wanted, given, giver)
        case "struct":
            return _struct_bytes(wanted, given, giver)
        case "array" | "vector":
            return _items_bytes(wanted, given, giver)
    # LLVM takes the bits beyond an integer's width for zeros.
    return (integer_from(wanted, given, giver) & ((1 << wanted.bits) - 1)).to_bytes(wanted.size, "little")


def integer_from(wanted: Type, given: Any, giver: Giver) -> int:
    """The number that is given for an integer or a pointer, negative if it is.

    Raises:
        SignatureError, ArgumentRangeError: as `to_memory`.
    """
    number = _address_from(wanted, given, giver) if wanted.kind == "ptr" else _index_of(wanted, given, giver)
    if not wanted.low <= number <= wanted.high:
        raise giver.wrong_range(wanted, number, f", which takes {wanted.low} to {wanted.high}")
    return number


def _index_of(wanted: Type, given: Any, giver: Giver) -> int:
    """An `int`, or what says that it is one by `__index__`, as NumPy's integers do; its truth values do not."""
    value = given.value if isinstance(given, ctypes._SimpleCData) else given
    kind = type(value)
    if wanted.bits == 1 and kind.__module__ == "numpy" and kind.__name__ in ("bool", "bool_"):
        return int(value)
    try:
        return operator.index(value)
    except TypeError:
        raise giver.wrong_type(wanted, given) from None


def _address_from(wanted: Type, given: Any, giver: Giver) -> int:
    """NumPy's arrays of one integer have `__index__`, but are not addresses."""
    value: Any = given.value if isinstance(given, _POINTER_VALUES) else given
    if value is None:
        return 0
    if hasattr(type(value), "__index__") and not hasattr(type(value), "__len__"):
        return operator.index(value)
    if giver.pointers is None:
        raise giver.wrong_type(wanted, given)
    return giver.pointers.address_of(value, wanted, giver.position)


def float_bytes(wanted: Type, given: Any, giver: Giver) -> bytes:
    """As `to_memory`."""
    value = given.value if isinstance(given, ctypes._SimpleCData) else given
    if isinstance(value, str | bytes | bytearray):  # float() would read them
        raise giver.wrong_type(wanted, given)
    try:
        return struct.pack(FLOAT_FORMATS[wanted.bits], float(value))
    except OverflowError:
        return _overflowing_float(wanted, value, giver)
    except (TypeError, ValueError):
        raise giver.wrong_type(wanted, given) from None


def _overflowing_float(wanted: Type, value: Any, giver: Giver) -> bytes:
    """A double too large for a float becomes infinity, as in C; an int too large for a double is refused."""
    if isinstance(value, float):
        return struct.pack(FLOAT_FORMATS[wanted.bits], math.copysign(math.inf, value))
    raise giver.wrong_range(wanted, value)


def _struct_bytes(wanted: Type, given: Any, giver: Giver) -> bytes:
    if isinstance(given, ctypes.Structure):
        return _ctypes_struct_bytes(wanted, given, giver)
    content = bytearray(wanted.size)
    names = wanted.names or [f"field {index}" for index in range(len(wanted.fields))]
    values = _field_values(wanted, given, giver)
    for name, field, offset, value in zip(names, wanted.fields, wanted.offsets, values, strict=True):
        content[offset : offset + field.size] = to_memory(field, value, giver.inner(name))
    return bytes(content)


def _ctypes_struct_bytes(wanted: Type, given: ctypes.Structure, giver: Giver) -> bytes:
    """Of the same class, or for a struct from elsewhere, of the same layout."""
    from .from_ctypes import type_from_ctypes

    if wanted.ctype is not None:
        same = isinstance(given, wanted.ctype)
    else:
        found = type_from_ctypes(type(given))
        same = found is not None and found.llvm == wanted.llvm
    if not same:
        raise giver.wrong_type(wanted, given)
    return bytes(given)


def _field_values(wanted: Type, given: Any, giver: Giver) -> list[Any]:
    """Of a tuple or list, of NumPy's records, or of a mapping with exactly the fields' names."""
    if isinstance(given, Mapping) and wanted.names and set(given) == set(wanted.names):
        return [given[name] for name in wanted.names]
    values = _items_of(given)
    if values is None:
        raise giver.wrong_type(wanted, given)
    if len(values) != len(wanted.fields):
        raise SignatureError(
            f"{giver}: {wanted} has {len(wanted.fields)} fields, {len(values)} given", position=giver.position
        )
    return values


def _items_bytes(wanted: Type, given: Any, giver: Giver) -> bytes:
    values = _characters(wanted, given) if isinstance(given, bytes | bytearray) else _items_of(given)
    if values is None:
        raise giver.wrong_type(wanted, given)
    if len(values) != wanted.count:
        raise SignatureError(
            f"{giver}: {wanted} has {wanted.count} elements, {len(values)} given", position=giver.position
        )
    parts = [to_memory(wanted.item, value, giver.inner(f"element {i}")) for i, value in enumerate(values)]
    return b"".join(parts).ljust(wanted.size, b"\0")


def _characters(wanted: Type, given: bytes | bytearray) -> list[Any] | None:
    """Bytes for an array of bytes; as in C, the rest of the array is zero."""
    if wanted.item.kind != "int" or wanted.item.bits != 8:
        return None
    signed = wanted.item.signed is True
    return [byte - 256 if signed and byte > 127 else byte for byte in given.ljust(wanted.count, b"\0")]


def _items_of(given: Any) -> list[Any] | None:
    """What a tuple, a list or an array consists of; None for what is no row of values."""
    if isinstance(given, tuple | list | ctypes.Array):
        return list(given)
    if type(given).__module__ == "numpy" and hasattr(given, "tolist"):
        items = given.tolist()  # an array's elements or a record's fields
        return list(items) if isinstance(items, list | tuple) else None
    return None


def from_memory(wanted: Type, content: bytes, offset: int = 0) -> Any:
    """The value that lies at `offset`: int, bool, float, None for void, a tuple for what has more than one.

    A struct that came from ctypes is an instance of its class; one whose fields have names has them as attributes.

    Raises:
        ValueError: `content` ends before it.
    """
    if len(content) - offset < wanted.size:
        raise ValueError(f"{wanted} has {wanted.size} bytes, got {len(content) - offset}")
    return _READERS[wanted.kind](wanted, content, offset)


def read_integer(wanted: Type, content: bytes | memoryview, offset: int = 0) -> int | bool:
    """Signed, if it is not said to be otherwise: that is how C's own integers are read."""
    value = int.from_bytes(content[offset : offset + wanted.size], "little") & ((1 << wanted.bits) - 1)
    if wanted.bits == 1:
        return bool(value)
    unsigned = wanted.kind == "ptr" or wanted.signed is False
    return value - (1 << wanted.bits) if not unsigned and value >> (wanted.bits - 1) else value


def read_float(wanted: Type, content: bytes | memoryview, offset: int = 0) -> float:
    """A float of any width."""
    found: float = struct.unpack_from(FLOAT_FORMATS[wanted.bits], content, offset)[0]
    return found


def _read_struct(wanted: Type, content: bytes, offset: int) -> Any:
    if wanted.ctype is not None:
        return wanted.ctype.from_buffer_copy(content, offset)
    places = zip(wanted.fields, wanted.offsets, strict=True)
    return tuple_type(wanted.names)(from_memory(one, content, offset + place) for one, place in places)


def _read_items(wanted: Type, content: bytes, offset: int) -> tuple[Any, ...]:
    item = wanted.item
    return tuple(from_memory(item, content, offset + index * item.size) for index in range(wanted.count))


@functools.lru_cache(maxsize=256)
def tuple_type(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """Fields whose names Python does not take are called `_0`, `_1`, ... as their place is."""
    if not names:
        return tuple
    make: Callable[..., Any] = namedtuple  # its names are known at run time only, which mypy does not take
    return cast(Callable[[Any], tuple[Any, ...]], make("Struct", names, rename=True)._make)


_READERS: dict[str, Callable[[Type, bytes, int], Any]] = {
    "int": read_integer,
    "ptr": read_integer,
    "float": read_float,
    "struct": _read_struct,
    "array": _read_items,
    "vector": _read_items,
    "void": lambda _wanted, _content, _offset: None,
}
