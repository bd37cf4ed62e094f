"""ULEB128 numbers in place: as long as they are, since what lies behind them stays where it is.

Owns: reading and writing them. Must not know: what they mean. Invariant: the number of bytes does not change.
(DWARF 5, 7.6; R_RISCV_SET_ULEB128 and R_RISCV_SUB_ULEB128)
"""

from __future__ import annotations

from .arrays import Bytes, Ints

_MOST = 10  # bytes of 64 bits


def set_uleb128(image: Bytes, at: Ints, values: Ints, _width: int) -> None:
    """Write each value. There are few of them: one for each table of exception handlers."""
    for place, value in zip(at.tolist(), values.tolist(), strict=True):
        _write(image, place, value)


def subtract_from_uleb128(image: Bytes, at: Ints, values: Ints, _width: int) -> None:
    """Subtract from what is there."""
    for place, value in zip(at.tolist(), values.tolist(), strict=True):
        _write(image, place, _read(image, place) - value)


def _length(image: Bytes, at: int) -> int:
    length = 1
    while length < _MOST and at + length < len(image) and image[at + length - 1] & 0x80:
        length += 1
    return length


def _read(image: Bytes, at: int) -> int:
    return sum((int(image[at + i]) & 0x7F) << 7 * i for i in range(_length(image, at)))


def _write(image: Bytes, at: int, value: int) -> None:
    length = _length(image, at)
    for i in range(length):
        image[at + i] = value >> 7 * i & 0x7F | (0x80 if i + 1 < length else 0)
