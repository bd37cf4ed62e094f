"""What is taken in one zone, as it is at one moment: for figures and pictures.

Owns: reading an allocator's record. Must not know: what lies in the ranges, the executor. Invariant: a census does not
change any more; every byte of its zone is in exactly one of: what no block was carved from, a block's free ranges, an
allocation, or its padding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .allocator import ZoneAllocator


class TakenRange(NamedTuple):
    """An allocation: bytes [address, end), and before them padding from `start` on."""

    start: int
    address: int
    end: int


class BlockRange(NamedTuple):
    """A part of the zone that was carved."""

    start: int
    end: int


@dataclass(frozen=True)
class ZoneCensus:
    """One zone, [start, end); blocks and allocations in the order of their addresses."""

    start: int
    end: int
    blocks: tuple[BlockRange, ...]
    taken: tuple[TakenRange, ...]

    @property
    def reserved(self) -> int:
        """Bytes of the whole zone."""
        return self.end - self.start

    @property
    def carved(self) -> int:
        """Bytes in blocks."""
        return sum(block.end - block.start for block in self.blocks)

    @property
    def payload(self) -> int:
        """Bytes that somebody asked for."""
        return sum(taken.end - taken.address for taken in self.taken)

    @property
    def padding(self) -> int:
        """Bytes before allocations that their alignment costs."""
        return sum(taken.address - taken.start for taken in self.taken)

    @property
    def free(self) -> int:
        """Bytes in blocks that nobody has; a block has some allocation, so all of them are partly used."""
        return self.carved - self.payload - self.padding


def take_census(allocator: ZoneAllocator) -> ZoneCensus:
    """What is taken now; its user holds the lock."""
    blocks = tuple(BlockRange(block.address, block.address + block.size) for block in allocator.blocks())
    found = allocator.allocations()
    taken = [TakenRange(one.address - one.padding, one.address, one.address + one.size) for one in found]
    return ZoneCensus(allocator.start, allocator.end, blocks, tuple(taken))
