"""Values of types, as they lie in memory: global variables are made of them.

Owns: what a value of each type is in Python, and its bytes. Must not know: where they lie. Invariant: a value takes
exactly its type's size, and what does not fit is refused with its place; bytes mean the same whatever they are.

Arrays are NumPy arrays, pointers are `ExecutorAddr`, vectors and structs are tuples.
"""

from __future__ import annotations

import ctypes
import math
import operator
import struct
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..checks import shown
from ..errors import ArgumentRangeError, SignatureError
from ..model import ExecutorAddr
from ..types import Type
from ..types.values import FLOAT_FORMATS, read_float, read_integer, tuple_type

Array = np.ndarray[Any, Any]


def value_of(given: Type, content: bytes | memoryview) -> Any:
    """The value that `given.size` bytes are."""
    return _READERS[given.kind](given, content)


def bytes_of(wanted: Type, value: Any, where: str) -> bytes:
    """The `wanted.size` bytes of a value; `where` names it in errors.

    Raises:
        SignatureError: the wrong type, or the wrong number of parts.
        ArgumentRangeError: it does not fit.
    """
    return _WRITERS[wanted.kind](wanted, value, where)


# -- numbers ----------------------------------------------------------------------------------------------------


def _read_pointer(given: Type, content: bytes | memoryview) -> ExecutorAddr:
    return ExecutorAddr(int.from_bytes(content[: given.size], "little"))


def _write_integer(wanted: Type, value: Any, where: str) -> bytes:
    number = int(value) if isinstance(value, np.bool_) and wanted.bits == 1 else value
    try:
        return _integer_bytes(wanted, operator.index(number), where)
    except TypeError:
        raise _wrong(wanted, value, where) from None


def _integer_bytes(wanted: Type, number: int, where: str) -> bytes:
    if not wanted.low <= number <= wanted.high:
        raise _out_of_range(wanted, number, where)
    return (number & ((1 << wanted.bits) - 1)).to_bytes(wanted.size, "little")


def _write_float(wanted: Type, value: Any, where: str) -> bytes:
    if isinstance(value, str | bytes | bytearray):  # float() would read them
        raise _wrong(wanted, value, where)
    try:
        number = float(value)
    except OverflowError:
        raise ArgumentRangeError(f"{where}: {shown(value)} does not fit {wanted}") from None
    except (TypeError, ValueError):
        raise _wrong(wanted, value, where) from None
    return _float_bytes(wanted, number)


def _float_bytes(wanted: Type, number: float) -> bytes:
    """A double too large for a float becomes infinity, as in C."""
    try:
        return struct.pack(FLOAT_FORMATS[wanted.bits], number)
    except OverflowError:
        return struct.pack(FLOAT_FORMATS[wanted.bits], math.copysign(math.inf, number))


def _write_pointer(wanted: Type, value: Any, where: str) -> bytes:
    """An address, what has one, or None."""
    number = 0 if value is None else getattr(value, "address", value)
    return _write_integer(wanted, number, where)


# -- what has parts ---------------------------------------------------------------------------------------------


def _read_array(given: Type, content: bytes | memoryview) -> Array | tuple[Any, ...]:
    """A copy; a tuple if NumPy has no dtype for the elements."""
    dtype, shape = element_dtype(given)
    if dtype is None:
        return _read_items(given, content)
    found = np.frombuffer(bytearray(content[: given.size]), dtype).reshape(shape)
    return truth_values(found)


def truth_values(array: Array) -> Array:
    """The array; one of truth values with them alone: each is one bit of its byte, and the rest may be anything."""
    return (array.view(np.uint8) & 1).view(np.bool_) if array.dtype == np.bool_ else array


def element_dtype(given: Type) -> tuple[np.dtype[Any] | None, tuple[int, ...]]:
    """The dtype of the numbers or structs in an array, however nested, if there is one, and the array's shape."""
    shape: list[int] = []
    while given.kind == "array":
        shape.append(given.count)
        given = given.item
    try:
        return (given.dtype if given.kind != "vector" else None), tuple(shape)
    except SignatureError:
        return None, tuple(shape)


def _read_items(given: Type, content: bytes | memoryview) -> tuple[Any, ...]:
    item = given.item
    return tuple(value_of(item, content[i * item.size : (i + 1) * item.size]) for i in range(given.count))


def _read_struct(given: Type, content: bytes | memoryview) -> tuple[Any, ...]:
    places = zip(given.fields, given.offsets, strict=True)
    values = (value_of(field, content[offset : offset + field.size]) for field, offset in places)
    return tuple_type(given.names)(values)


def _write_array(wanted: Type, value: Any, where: str) -> bytes:
    if isinstance(value, bytes | bytearray) and wanted.item.size == 1:
        return _write_characters(wanted, bytes(value), where)
    dtype, shape = element_dtype(wanted)
    if dtype is None or dtype.names is not None:
        return _write_items(wanted, value, where)
    return _array_bytes(wanted, dtype, shape, value, where)


def _write_characters(wanted: Type, value: bytes, where: str) -> bytes:
    """As C initializes an array of characters: the rest is zero."""
    if len(value) > wanted.count:
        raise SignatureError(f"{where}: {wanted} takes at most {wanted.count} bytes, {len(value)} given")
    return value.ljust(wanted.count, b"\0")


def _array_bytes(wanted: Type, dtype: np.dtype[Any], shape: tuple[int, ...], value: Any, where: str) -> bytes:
    """Numbers in the array's own shape."""
    inner = wanted
    while inner.kind == "array":
        inner = inner.item
    array = array_of_numbers(value, inner, where)
    if array.shape != shape:
        raise SignatureError(f"{where}: {wanted} has the shape {shape}, an array of shape {array.shape} given")
    return numbers_as(array, inner, dtype, where).tobytes()


def array_of_numbers(value: Any, wanted: Type, where: str) -> Array:
    """What NumPy makes of a value, for `numbers_as`.

    Raises:
        SignatureError: it makes nothing of it.
    """
    try:
        array = np.asarray(value)
        # Of integers that no type of its own takes all of, NumPy makes floats, which are others.
        inexact = array.dtype.kind == "f" and wanted.kind in ("int", "ptr") and isinstance(value, list | tuple | int)
        return np.asarray(value, object) if inexact else array
    except ValueError:  # ragged
        raise SignatureError(
            f"{where}: elements of {wanted} wanted, {type(value).__name__} of no shape given"
        ) from None


def numbers_as(array: Array, wanted: Type, dtype: np.dtype[Any], where: str) -> Array:
    """An array's numbers as those of another type: the same kind of number, and in its range.

    Raises:
        SignatureError: another kind, such as floats for integers.
        ArgumentRangeError: a number does not fit; says which.
    """
    if array.dtype == dtype:
        return array
    if wanted.kind == "float" and np.can_cast(array.dtype, dtype, "same_kind"):
        with np.errstate(over="ignore"):  # too large becomes infinity, as in C
            return array.astype(dtype)
    if wanted.kind in ("int", "ptr") and array.dtype.kind == "O":
        return _from_objects(array, wanted, dtype, where)
    if wanted.kind not in ("int", "ptr") or (array.size and array.dtype.kind not in "iub"):
        raise SignatureError(f"{where}: elements of {wanted} ({dtype}) wanted, an array of {array.dtype} given")
    _check_numbers(array, wanted, where)
    return array.astype(dtype)


def _from_objects(array: Array, wanted: Type, dtype: np.dtype[Any], where: str) -> Array:
    """Integers of Python's that NumPy has no type for: too large, or of both signs."""
    wrong = [type(one).__name__ for one in array.flat if not hasattr(type(one), "__index__")]
    if wrong:
        raise SignatureError(f"{where}: elements of {wanted} wanted, {wrong[0]} given")
    numbers = [operator.index(one) for one in array.flat]
    _check_numbers(array, wanted, where)
    mask = (1 << wanted.bits) - 1
    return np.array([number & mask for number in numbers], np.uint64).astype(dtype).reshape(array.shape)


def _check_numbers(array: Array, wanted: Type, where: str) -> None:
    if not array.size or array.dtype.kind == "b":
        return
    low, high = int(array.min()), int(array.max())
    if wanted.low <= low and high <= wanted.high:
        return
    worst = low if low < wanted.low else high
    place = np.unravel_index(int(np.argmax(array == worst)), array.shape)
    element = ", ".join(str(int(index)) for index in place)
    raise _out_of_range(wanted, worst, f"{where}, element {element}" if element else where)


def _write_items(wanted: Type, value: Any, where: str) -> bytes:
    items = _parts(wanted, value, wanted.count, where)
    written = [bytes_of(wanted.item, one, f"{where}, element {index}") for index, one in enumerate(items)]
    return b"".join(written).ljust(wanted.size, b"\0")


def _write_struct(wanted: Type, value: Any, where: str) -> bytes:
    names = wanted.names or [f"field {index}" for index in range(len(wanted.fields))]
    if isinstance(value, Mapping) and wanted.names and set(value) == set(wanted.names):
        value = [value[name] for name in wanted.names]
    content = bytearray(wanted.size)
    parts = _parts(wanted, value, len(wanted.fields), where)
    for name, field, offset, one in zip(names, wanted.fields, wanted.offsets, parts, strict=True):
        content[offset : offset + field.size] = bytes_of(field, one, f"{where}, {name}")
    return bytes(content)


def _parts(wanted: Type, value: Any, count: int, where: str) -> list[Any]:
    """A tuple, a list, an array or a record of as many parts as the type has."""
    if isinstance(value, ctypes.Structure):
        value = [getattr(value, row[0]) for row in value._fields_]
    if isinstance(value, np.void):
        value = value.item()
    if not isinstance(value, tuple | list | np.ndarray | ctypes.Array):
        raise _wrong(wanted, value, where)
    if len(value) != count:
        raise SignatureError(f"{where}: {wanted} has {count} parts, {len(value)} given")
    return list(value)


def _wrong(wanted: Type, value: Any, where: str) -> SignatureError:
    return SignatureError(f"{where}: {wanted} wanted, {type(value).__name__} given")


def _out_of_range(wanted: Type, number: int, where: str) -> ArgumentRangeError:
    return ArgumentRangeError(
        f"{where}: {shown(number)} does not fit {wanted}, which takes {wanted.low} to {wanted.high}"
    )


_READERS: dict[str, Callable[[Type, bytes | memoryview], Any]] = {
    "int": read_integer,
    "float": read_float,
    "ptr": _read_pointer,
    "array": _read_array,
    "vector": _read_items,
    "struct": _read_struct,
}
_WRITERS: dict[str, Callable[[Type, Any, str], bytes]] = {
    "int": _write_integer,
    "float": _write_float,
    "ptr": _write_pointer,
    "array": _write_array,
    "vector": _write_items,
    "struct": _write_struct,
}
