"""Indexing of an array that is far away: which bytes an index means.

Owns: reading and writing no more than an index covers. Must not know: how bytes travel. Invariant: the result is what
NumPy gives for the same array here, since NumPy computes it: on a shadow, an array of the same shape of which only
the part in question is filled (the rest is memory that was never touched).
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from types import EllipsisType
from typing import Any, Protocol

import numpy as np

Array = np.ndarray[Any, Any]


class Memory(Protocol):
    """Where the array lies."""

    def read_into(self, places: Sequence[tuple[int, memoryview]]) -> None:
        """Fill each view with the bytes at its address."""
        ...

    def write(self, address: int, data: bytes | bytearray | memoryview) -> None:
        """Put the bytes there."""
        ...


def read_item(memory: Memory, address: int, shape: tuple[int, ...], dtype: np.dtype[Any], index: Any) -> Any:
    """What `array[index]` is, copied. Raises as NumPy does."""
    shadow = np.empty(shape, dtype)
    if not is_basic(index):
        _fetch(memory, address, shadow, 0, shadow.nbytes)
        return shadow[index]
    part = _part(shadow, index)
    if part.size:
        _fetch(memory, address, shadow, *_bounds(shadow, part))
    return part.copy()[()]


def write_item(
    memory: Memory, address: int, shape: tuple[int, ...], dtype: np.dtype[Any], index: Any, value: Any
) -> None:
    """Do `array[index] = value`. Bytes between those that the index means are read and written back."""
    shadow = np.zeros(shape, dtype)  # not np.empty: what pads records would be this process's old memory
    if not is_basic(index):
        _fetch(memory, address, shadow, 0, shadow.nbytes)
        shadow[index] = value
        memory.write(address, flat_bytes(shadow))
        return
    part = _part(shadow, index)
    start, end = _bounds(shadow, part) if part.size else (0, 0)
    if part.nbytes < end - start:
        _fetch(memory, address, shadow, start, end)
    part[...] = value
    memory.write(address + start, flat_bytes(shadow)[start:end])


def is_basic(index: Any) -> bool:
    """Whether NumPy gives a view for it: integers, slices, `...`, None and names of fields; not lists or arrays."""
    parts = index if isinstance(index, tuple) else (index,)
    return all(part is None or isinstance(part, slice | EllipsisType | str) or _is_integer(part) for part in parts)


def _is_integer(part: Any) -> bool:
    if isinstance(part, bool | np.bool_ | np.ndarray):
        return False
    try:
        operator.index(part)
    except TypeError:
        return False
    return True


def _part(shadow: Array, index: Any) -> Array:
    """The view that a basic index means; with `...`, one element is a view too."""
    if isinstance(index, str):
        named: Array = shadow[index]
        return named
    parts = index if isinstance(index, tuple) else (index,)
    found: Array = shadow[parts if any(part is ... for part in parts) else (*parts, ...)]
    return found


def _bounds(shadow: Array, part: Array) -> tuple[int, int]:
    """Offsets of the first byte of a view, and of the first behind it."""
    start = end = part.__array_interface__["data"][0] - shadow.__array_interface__["data"][0]
    for count, stride in zip(part.shape, part.strides, strict=True):
        start += min(0, (count - 1) * stride)
        end += max(0, (count - 1) * stride)
    return start, end + part.itemsize


def _fetch(memory: Memory, address: int, shadow: Array, start: int, end: int) -> None:
    memory.read_into([(address + start, flat_bytes(shadow)[start:end])])


def flat_bytes(array: Array) -> memoryview:
    """The bytes of a C-contiguous array, without a copy."""
    return array.reshape(-1).view(np.uint8).data
