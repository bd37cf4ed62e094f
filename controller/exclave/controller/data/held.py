"""Ranges of the data zone that stay allocated for as long as something uses them.

Owns: when such a range is given back. Must not know: what an array is to its user. Invariant: a range is given back
once, after the last reference to its `HeldRange`, which every NumPy view of it has as its base.
"""

from __future__ import annotations

import ctypes
import weakref
from typing import Any

import numpy as np

from .zone import DataZone

CACHE_LINE = 64


class HeldRange:
    """A range that is given back when nobody refers to this any more."""

    def __init__(self, zone: DataZone, size: int, alignment: int) -> None:
        self.zone = zone
        self.size = max(size, 1)
        self.address = zone.allocate(self.size, max(alignment, CACHE_LINE))
        # Not in __del__: it may be the garbage collector's doing, in any thread, while that thread holds any lock.
        weakref.finalize(self, zone.discard, self.address).atexit = False
        self._memory = zone.view(self.address, self.size)
        self._pointer = 0
        if self._memory is not None:
            self._pointer = ctypes.addressof(ctypes.c_char.from_buffer(self._memory))

    @property
    def is_here(self) -> bool:
        """Whether it can be viewed in this process."""
        return self._memory is not None

    @property
    def __array_interface__(self) -> dict[str, Any]:
        """How NumPy views it; such a view refers to this object, and so does each view of that view."""
        if self._memory is None:
            raise AttributeError("the range is not mapped in this process")
        return {"version": 3, "shape": (self.size,), "typestr": "|u1", "data": (self._pointer, False)}

    def array(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:
        """A view that keeps the range allocated; `is_here` must be true."""
        flat = np.asarray(self)
        return np.ndarray(shape, dtype, flat)

    def address_within(self, view: np.ndarray[Any, Any]) -> int:
        """The address in the worker of the first element of a view of this range."""
        first: int = view.__array_interface__["data"][0]
        return self.address + first - self._pointer


def held_range_of(array: np.ndarray[Any, Any]) -> HeldRange | None:
    """The range that an array is a view of, if it is one."""
    base = array.base
    while isinstance(base, np.ndarray):
        base = base.base
    return base if isinstance(base, HeldRange) else None
