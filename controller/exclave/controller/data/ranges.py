"""Ranges of the data zone: taken from the memory manager, and kept for the next who wants one of that size.

Owns: which ranges are in use, and a few that are not. Must not know: what lies in them, or how it is reached.
Invariant: a range is in use by one, or spare, or the memory manager's; `discard` takes no lock, since the garbage
collector may run it in the midst of anything, the memory manager's locked parts included.

A call with an array as an argument takes and frees a range; the memory manager's search costs several times what the
rest of it does. So small ranges are rounded up to a power of two and kept, a bounded number of each size. Plain
dict, list and deque operations are atomic: there is no lock here.
"""

from __future__ import annotations

import gc
from collections import deque
from typing import NamedTuple

from ..errors import ExclaveError, OutOfMemoryError
from ..memory import InFlightAllocation, MemoryManager, RangeRequest

GRAIN = 64
"""Bytes of the smallest range, and the alignment of all that are kept: a cache line."""
SIZES = 9
"""Ranges of 64 bytes, 128, ... up to 16 KiB are kept when they are free."""
SPARES = 8
"""Of each size, so 256 KiB at most."""
RETURN_BYTES = 1 << 20
"""From this size on, a free range's pages are given back to the system at once."""


class TakenRange(NamedTuple):
    """A range of the memory manager's. `size_index`: among those that are kept, or -1."""

    address: int
    size: int
    size_index: int
    allocation: InFlightAllocation


class ZoneRanges:
    """The half of a `DataZone` that is about addresses only."""

    def __init__(self, manager: MemoryManager) -> None:
        self._manager = manager
        self._used: dict[int, TakenRange] = {}
        self._spare: list[list[TakenRange]] = [[] for _ in range(SIZES)]
        self._discarded: deque[int] = deque()

    def allocate(self, size: int, alignment: int = 8) -> int:
        """As `DataZone.allocate`."""
        if self._discarded:
            self.collect()
        index = ((size - 1) >> 6).bit_length() if size > GRAIN else 0
        if index >= SIZES or alignment > GRAIN:
            taken = self._take(size, alignment, -1)
        else:
            try:
                taken = self._spare[index].pop()
            except IndexError:
                taken = self._take(GRAIN << index, GRAIN, index)
        self._used[taken[0]] = taken
        return taken[0]

    def _take(self, size: int, alignment: int, size_index: int) -> TakenRange:
        request = RangeRequest("data", max(size, 1), alignment)
        try:
            allocation = self._manager.allocate([request])
        except OutOfMemoryError:
            gc.collect()  # arrays that only refer to each other are no reason to fail
            self.collect()
            self.trim()
            allocation = self._manager.allocate([request])
        return TakenRange(allocation.addresses[0], size, size_index, allocation)

    def free(self, address: int) -> None:
        """As `DataZone.free`."""
        taken = self._used.pop(address, None)
        if taken is None:
            raise ExclaveError(f"nothing that begins at {address:#x} is allocated: it was freed, or never was")
        if taken[2] >= 0 and len(self._spare[taken[2]]) < SPARES:
            self._spare[taken[2]].append(taken)
            return
        if taken.size >= RETURN_BYTES:
            self._give_back_pages(address, taken.size)
        self._manager.abandon([taken.allocation])

    def _give_back_pages(self, address: int, size: int) -> None:
        """What lies there is of no use to anybody; must not raise."""

    def discard(self, address: int) -> None:
        """As `DataZone.discard`."""
        self._discarded.append(address)

    def collect(self) -> None:
        """As `DataZone.collect`."""
        while self._discarded:
            try:
                address = self._discarded.popleft()
            except IndexError:  # another thread took it
                return
            self.free(address)

    def trim(self) -> None:
        """Give the spare ranges back to the memory manager."""
        spare = [kept.pop() for kept in self._spare for _ in range(len(kept))]
        self._manager.abandon([taken.allocation for taken in spare])
