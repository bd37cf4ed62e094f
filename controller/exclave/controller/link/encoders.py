"""How values get into bytes: whole words, and the scattered fields of instructions.

Owns: writing. Must not know: formulas, ranges, any one architecture. Invariant: bits that do not belong to the field
keep what they were.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .arrays import Bytes, Ints, window

Encoder = Callable[[Bytes, Ints, Ints, int], None]
"""encode(image, at, values, width): write values[i] as `width` bytes at image[at[i]]. Values are in range."""


def store_little_endian(image: Bytes, at: Ints, values: Ints, width: int) -> None:
    """Write each value as `width` little-endian bytes; fixups may be misaligned."""
    window(image, f"<u{width}")[at] = values


def store_nothing(_image: Bytes, _at: Ints, _values: Ints, _width: int) -> None:
    """The edge only says something."""


def add_to_word(image: Bytes, at: Ints, values: Ints, width: int) -> None:
    """Add to what is there; two edges may be at one place."""
    with np.errstate(over="ignore"):
        np.add.at(window(image, f"<u{width}"), at, values.astype(f"u{width}"))


def subtract_from_word(image: Bytes, at: Ints, values: Ints, width: int) -> None:
    """The same with the values' negatives."""
    add_to_word(image, at, -values, width)


@dataclass(frozen=True)
class Part:
    """`count` bits of the value, from bit `source` on, go to bit `target` of the instruction and those behind it."""

    source: int
    count: int
    target: int


class Fields:
    """Parts of the value in one instruction of 2 or 4 bytes; `bias` is added first (it rounds), `shift` bytes on."""

    def __init__(self, *parts: Part, size: int = 4, bias: int = 0, offset: int = 0) -> None:
        self._parts = parts
        self._dtype = f"<u{size}"
        self._bias = bias
        self._offset = offset
        self._kept = ~sum(((1 << part.count) - 1) << part.target for part in parts)

    def __call__(self, image: Bytes, at: Ints, values: Ints, _width: int) -> None:
        """See Encoder."""
        words = window(image, self._dtype)
        at = at + self._offset if self._offset else at
        values = values + self._bias if self._bias else values
        result = words[at] & np.int64(self._kept)
        for part in self._parts:
            result = result | (values >> part.source & (1 << part.count) - 1) << part.target
        words[at] = result


def both(first: Encoder, second: Encoder) -> Encoder:
    """Two instructions that share a value."""

    def encode(image: Bytes, at: Ints, values: Ints, width: int) -> None:
        first(image, at, values, width)
        second(image, at, values, width)

    return encode
