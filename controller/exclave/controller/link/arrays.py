"""The few array operations that every step uses, in their cheapest form.

Owns: nothing. Must not know: what the arrays mean. A link of a tiny object is a few hundred NumPy calls of about a
microsecond each, so the forms with the least overhead count: `nonzero` over `flatnonzero`, a search in bytes over
`any`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]

# A link takes some megabytes and gives them back. glibc returns such memory to the system at once, and the next link
# pays a page fault for each page, until a larger array was freed: then it keeps up to twice its size (mallopt(3),
# M_MMAP_THRESHOLD). This one is never touched, so it costs nothing.
np.empty(8 << 20, np.uint8)


def rows_of(mask: Flags) -> Ints:
    """The indices at which `mask` is true."""
    return mask.nonzero()[0]


def any_of(mask: Flags) -> bool:
    """Whether `mask` is true anywhere."""
    return b"\1" in mask.tobytes()


def largest(values: npt.NDArray[Any]) -> int:
    """The largest value; -1 if there is none."""
    return int(np.maximum.reduce(values)) if len(values) else -1


def starts_of(counts: Ints) -> Ints:
    """Where each of several ranges begins that lie one after the other."""
    starts: Ints = counts.cumsum() - counts
    return starts


def ranges(starts: Ints, counts: Ints) -> Ints:
    """All integers of the ranges start .. start + count, one range after the other."""
    if len(starts) == 1:
        return np.arange(starts[0], starts[0] + counts[0])
    found: Ints = np.repeat(starts - starts_of(counts), counts) + np.arange(int(counts.sum()))
    return found


def distinct(keys: Ints, limit: int) -> tuple[Ints, Ints]:
    """The distinct keys, rising, and for each of `keys` its index among them. Keys are in 0 .. limit - 1."""
    if limit > 16 * len(keys) + 65536:
        values, index = np.unique(keys, return_inverse=True)
        return values, index
    number = np.zeros(limit, np.int64)
    number[keys] = 1
    values = number.nonzero()[0]
    number[values] = np.arange(len(values))
    return values, number[keys]


def window(content: memoryview | Bytes, dtype: str) -> npt.NDArray[np.int64]:
    """Items of `dtype` at every byte offset of `content`, aligned or not."""
    room = len(content) - np.dtype(dtype).itemsize + 1
    return np.ndarray((room,), dtype, content, strides=(1,)) if room > 0 else np.empty(0, dtype)
