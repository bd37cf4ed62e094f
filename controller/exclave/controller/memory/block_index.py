"""Blocks of a zone, found by how full they are.

Owns: the order of blocks. Must not know: what is allocated in them, where else in the zone there is room.
Invariant: a block with free bytes stands on the shelf of its largest free range, in the order of free bytes.

Shelves are sorted lists: a zone has one or two thousand blocks with free ranges at most, and for so few, moving a
list's tail costs less than any tree.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator

from .free_ranges import TRIES, FreeRanges

_Entry = tuple[int, int]  # what it is sorted by, start of the block


class Block:
    """A part of the zone that was carved, and what is free in it; `shelved` and `ranked` are as the index knows it."""

    __slots__ = ("end", "free", "ranked", "shelved", "start")

    def __init__(self, start: int, end: int) -> None:
        self.start = start
        self.end = end
        self.free = FreeRanges(start, end)
        self.shelved = 0  # free bytes
        self.ranked = 0  # bytes in the largest free range

    @property
    def empty(self) -> bool:
        """Whether nothing in it is taken."""
        return self.free.total == self.end - self.start


class BlockIndex:
    """The blocks of a zone. On shelf n stand those whose largest free range has a size of n bits."""

    def __init__(self) -> None:
        self._by_start: dict[int, Block] = {}
        self._shelves: list[list[_Entry]] = []  # by free bytes
        self._ranking: list[_Entry] = []  # by the largest free range

    def __len__(self) -> int:
        return len(self._by_start)

    def __iter__(self) -> Iterator[Block]:
        return iter(self._by_start.values())

    @property
    def largest(self) -> int:
        """Bytes in the largest free range of any block."""
        return self._ranking[-1][0] if self._ranking else 0

    def add(self, block: Block) -> None:
        """Put up a new block."""
        self._by_start[block.start] = block
        self._rank(block)
        self._shelve(block)

    def remove(self, block: Block) -> None:
        """Take a block away."""
        del self._by_start[block.start]
        self._unshelve(block)
        self._unrank(block)

    def update(self, block: Block) -> None:
        """Put a block where it belongs now that something of it was taken or given back."""
        self._unshelve(block)
        if block.free.largest != block.ranked:
            self._unrank(block)
            self._rank(block)
        self._shelve(block)

    def fullest_with_room(self, size: int, alignment: int) -> Block | None:
        """The fullest block with room for the request; on the shelves of which only some blocks have room, the fullest
        few are looked at."""
        sure = (size + alignment - 1).bit_length() + 1
        best = min((shelf[0] for shelf in self._shelves[sure:] if shelf), default=None)
        for shelf in self._shelves[size.bit_length() : sure]:
            for entry in shelf[:TRIES]:
                if best is not None and entry > best:
                    break
                if self._by_start[entry[1]].free.find(size, alignment) is not None:
                    best = entry
        return None if best is None else self._by_start[best[1]]

    def any_with_room(self, size: int, alignment: int) -> Block | None:
        """A block with room, if there is one at all: looks everywhere, for when the zone is full otherwise."""
        long_enough = self._ranking[bisect_left(self._ranking, (size,)) :]
        blocks = (self._by_start[start] for _, start in long_enough)
        return next((block for block in blocks if block.free.find_any(size, alignment) is not None), None)

    def _rank(self, block: Block) -> None:
        block.ranked = block.free.largest
        if block.ranked:
            insort(self._ranking, (block.ranked, block.start))
        while len(self._shelves) <= block.ranked.bit_length():
            self._shelves.append([])

    def _unrank(self, block: Block) -> None:
        if block.ranked:
            del self._ranking[bisect_left(self._ranking, (block.ranked, block.start))]

    def _shelve(self, block: Block) -> None:
        block.shelved = block.free.total
        if block.shelved:
            insort(self._shelves[block.ranked.bit_length()], (block.shelved, block.start))

    def _unshelve(self, block: Block) -> None:
        if block.shelved:
            shelf = self._shelves[block.ranked.bit_length()]
            del shelf[bisect_left(shelf, (block.shelved, block.start))]
