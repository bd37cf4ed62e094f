"""Ranges of the data zone: taken from the memory manager, and kept for the next who wants one of that size.

Owns: which ranges are in use, and a few that are not. Must not know: what lies in them, or how it is reached.
Invariant: a range is in use by one, or spare, or the memory manager's; `discard` takes no lock, since the garbage
collector may run it in the midst of anything, the memory manager's locked parts included.

A call with an array as an argument takes and frees a range. The memory manager's search costs several times what the
rest of it does, so small ranges are rounded up to a power of two and kept, a bounded number of each size. Fresh pages
cost more than copying what lies in them, so the last larger ones are kept too, a bounded number of bytes.

Plain dict, list and deque operations are atomic: there is no lock here.
"""

from __future__ import annotations

import gc
from collections import deque
from typing import NamedTuple

from ..errors import ExclaveError
from ..memory import InFlightAllocation, MemoryManager, RangeRequest

GRAIN = 64
"""Bytes of the smallest range, and the alignment of all small ones: a cache line."""
SIZES = 9
"""Small ranges are 64 bytes, 128, ... up to 16 KiB."""
SPARES = 8
"""Of each size, so 256 KiB at most."""
LARGE_SPARES = 16
KEEP_BYTES = 64 << 20
"""In large spare ranges, at most."""
KEEP_PART = 16
"""Nor more than one part in so many of the zone."""
RETURN_BYTES = 1 << 20
"""From this size on, pages are given back to the system with a range that is not kept."""


class TakenRange(NamedTuple):
    """A range of the memory manager's. `size_index`: which of the small sizes, or -1."""

    address: int
    size: int
    size_index: int
    allocation: InFlightAllocation


class ZoneRanges:
    """The half of a `DataZone` that is about addresses only."""

    def __init__(self, manager: MemoryManager, zone_bytes: int) -> None:
        """`zone_bytes`: the size of the whole zone, of which a part may be kept."""
        self.lost = False
        self._manager = manager
        self._keep_bytes = min(KEEP_BYTES, zone_bytes // KEEP_PART)
        self._used: dict[int, TakenRange] = {}
        self._spare: list[list[TakenRange]] = [[] for _ in range(SIZES)]
        self._large_spare: list[TakenRange] = []
        self._discarded: deque[int] = deque()
        manager.on_full("data", self.reclaim)

    def allocate(self, size: int, alignment: int = 8) -> int:
        """As `DataZone.allocate`."""
        if self._discarded:
            self.collect()
        index = ((size - 1) >> 6).bit_length() if size > GRAIN else 0
        if index >= SIZES or alignment > GRAIN:
            taken = self._spare_large_one(size, alignment) or self._take(size, alignment, -1)
        else:
            try:
                taken = self._spare[index].pop()
            except IndexError:
                taken = self._take(GRAIN << index, GRAIN, index)
        self._used[taken[0]] = taken
        return taken[0]

    def _spare_large_one(self, size: int, alignment: int) -> TakenRange | None:
        """One of which not more than half is wasted."""
        for spare in [*self._large_spare]:
            if size <= spare.size <= 2 * size and spare.address % alignment == 0:
                try:
                    self._large_spare.remove(spare)
                except ValueError:  # another thread took it
                    continue
                return spare
        return None

    def _take(self, size: int, alignment: int, size_index: int) -> TakenRange:
        allocation = self._manager.allocate([RangeRequest("data", max(size, 1), alignment)])
        return TakenRange(allocation.addresses[0], size, size_index, allocation)

    def free(self, address: int) -> None:
        """As `DataZone.free`."""
        taken = self._used.pop(address, None)
        if taken is None:
            raise ExclaveError(f"nothing that begins at {address:#x} is allocated: it was freed, or never was")
        if taken[2] < 0:
            self._large_spare.append(taken)
            self._shrink_large_spare(LARGE_SPARES, self._keep_bytes)
        elif len(self._spare[taken[2]]) < SPARES:
            self._spare[taken[2]].append(taken)
        else:
            self._give_back(taken)

    def _shrink_large_spare(self, count: int, size: int) -> None:
        """Keep so many, and so many bytes; the oldest go."""
        while len(self._large_spare) > count or sum(spare.size for spare in [*self._large_spare]) > size:
            try:
                oldest = self._large_spare.pop(0)
            except IndexError:  # another thread took it
                return
            self._give_back(oldest)

    def _give_back(self, taken: TakenRange) -> None:
        if taken.size >= RETURN_BYTES:
            self._give_back_pages(taken.address, taken.size)
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

    def holders(self) -> dict[int, bool]:
        """The addresses of all ranges that the memory manager has given; whether somebody uses them, now."""
        kept = [taken.address for spare in [*self._spare, self._large_spare] for taken in [*spare]]
        return dict.fromkeys([*self._used], True) | dict.fromkeys([*kept, *self._discarded], False)

    def reclaim(self) -> None:
        """Give back all that nobody uses: the zone is full, and whoever allocates in it tries once more."""
        gc.collect()  # arrays that only refer to each other are no reason to fail
        self.collect()
        self.trim()

    def trim(self) -> None:
        """Give all spare ranges back to the memory manager, for others who allocate in the zone."""
        self._shrink_large_spare(0, 0)
        small = [kept.pop() for kept in self._spare for _ in range(len(kept))]
        self._manager.abandon([taken.allocation for taken in small])
