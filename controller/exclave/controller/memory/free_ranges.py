"""Free ranges of addresses, found by size: integers only.

Owns: which ranges are free, and which of them a request gets. Must not know: blocks, zones, what is allocated.
Invariant: the ranges are apart (neighbours are one range), and each is in all three of its indices.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator

from ..alignment import align_up

TRIES = 8
"""How many ranges that may be too short once aligned are looked at before one that is surely long enough."""
SMALLEST_GAP = 64
"""Bytes before an aligned address that are worth remembering as free."""

Found = tuple[int, int, int]
"""Where what is taken begins, the aligned address in it, and the end of the free range that it is in."""


class FreeRanges:
    """A set of free ranges. Taking and giving back cost a bisection, however many there are."""

    __slots__ = ("_by_size", "_end_of", "_start_of", "total")

    def __init__(self, start: int, end: int) -> None:
        self._by_size: list[tuple[int, int]] = []  # (size, start), sorted
        self._end_of: dict[int, int] = {}
        self._start_of: dict[int, int] = {}
        self.total = 0
        self._add(start, end)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """All of them as (start, end), by address."""
        return iter(sorted(self._end_of.items()))

    def __len__(self) -> int:
        return len(self._by_size)

    @property
    def largest(self) -> int:
        """Bytes in the largest of them."""
        return self._by_size[-1][0] if self._by_size else 0

    def find(self, size: int, alignment: int) -> Found | None:
        """The shortest range that has room, among equals the one at the lowest address.

        A range that has room only by the chance of its address may be overlooked; `find_any` overlooks none.
        """
        by_size = self._by_size
        place = bisect_left(by_size, (size,))
        for length, start in by_size[place : place + TRIES]:
            address = start + -start % alignment  # a call would cost as much as the rest of the loop
            if address + size <= start + length:
                return _found(start, address, start + length)
        place = bisect_left(by_size, (size + alignment - 1,), place)
        if place == len(by_size):
            return None
        length, start = by_size[place]
        return _found(start, align_up(start, alignment), start + length)

    def find_any(self, size: int, alignment: int) -> Found | None:
        """As `find`, but looks at every range that is long enough."""
        for length, start in self._by_size[bisect_left(self._by_size, (size,)) :]:
            address = align_up(start, alignment)
            if address + size <= start + length:
                return _found(start, address, start + length)
        return None

    def take(self, start: int, end: int, range_end: int) -> None:
        """Take [start, end) out of the free range that ends at `range_end`."""
        range_start = self._start_of[range_end]
        self._remove(range_start, range_end)
        if range_start < start:
            self._add(range_start, start)
        if end < range_end:
            self._add(end, range_end)

    def give_back(self, start: int, end: int) -> None:
        """Make [start, end) free again, joined with its free neighbours."""
        before, after = self._start_of.get(start), self._end_of.get(end)
        if before is not None:
            self._remove(before, start)
            start = before
        if after is not None:
            self._remove(end, after)
            end = after
        self._add(start, end)

    def _add(self, start: int, end: int) -> None:
        self._end_of[start] = end
        self._start_of[end] = start
        insort(self._by_size, (end - start, start))
        self.total += end - start

    def _remove(self, start: int, end: int) -> None:
        del self._end_of[start], self._start_of[end]
        del self._by_size[bisect_left(self._by_size, (end - start, start))]
        self.total -= end - start


def _found(start: int, address: int, end: int) -> Found:
    """A gap that hardly anything fits is part of what is taken: else there would be one before every allocation."""
    return (start if address - start < SMALLEST_GAP else address), address, end
