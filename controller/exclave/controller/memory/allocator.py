"""Carves one zone of a reservation: integers only, no rpc.

Owns: which ranges of the zone are taken. Must not know: what lies in them, the executor, threads (its user
holds the lock). Invariant: taken ranges never overlap; every byte of the zone is in exactly one of: the tail
that no block was carved from yet, a block's free ranges, or a taken range.

Allocations are packed to their own alignment into blocks, the fullest block that has room first (so that
emptier ones can drain and be given back), first fit within the block. After asmjit's JitAllocator and LLVM's
MapperJITLinkMemoryManager, of which the latter never gives a block back.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field

from ..alignment import align_up

BLOCK_BYTES = 1 << 20
SMALLEST_GAP = 64
"""Bytes before an aligned address that are worth remembering as free."""


@dataclass
class Block:
    """A part of the zone that was carved; `starts` and `ends` are its free ranges, sorted and apart."""

    start: int
    end: int
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)

    @property
    def free(self) -> int:
        """Free bytes."""
        return sum(self.ends) - sum(self.starts)

    @property
    def empty(self) -> bool:
        """Whether nothing in it is taken."""
        return self.starts == [self.start] and self.ends == [self.end]

    def take(self, size: int, alignment: int) -> tuple[int, int, int] | None:
        """First fit; where the taken range starts, the aligned address in it, and where it ends. Or None."""
        for index, (start, end) in enumerate(zip(self.starts, self.ends, strict=True)):
            address = align_up(start, alignment)
            if address + size <= end:
                # A gap that hardly anything fits is part of what is taken: else every search would walk over it.
                first = start if address - start < SMALLEST_GAP else address
                self._cut(index, first, address + size)
                return first, address, address + size
        return None

    def _cut(self, index: int, start: int, end: int) -> None:
        """Take [start, end) out of free range `index`, leaving what is before and after it."""
        pieces = [(self.starts[index], start), (end, self.ends[index])]
        kept = [(low, high) for low, high in pieces if low < high]
        self.starts[index : index + 1] = [low for low, _ in kept]
        self.ends[index : index + 1] = [high for _, high in kept]

    def give_back(self, start: int, end: int) -> None:
        """Make [start, end) free again, joined with its free neighbours."""
        index = bisect.bisect_left(self.starts, start)
        first = last = index
        if index < len(self.starts) and self.starts[index] == end:
            end, last = self.ends[index], index + 1
        if index > 0 and self.ends[index - 1] == start:
            start, first = self.starts[index - 1], index - 1
        self.starts[first:last] = [start]
        self.ends[first:last] = [end]


class ZoneAllocator:
    """Allocates within [start, start + size). Addresses, sizes and alignments in bytes."""

    def __init__(self, start: int, size: int, block_bytes: int = BLOCK_BYTES) -> None:
        self.start = start
        self.end = start + size
        self._block_bytes = block_bytes
        self._blocks: list[Block] = []  # sorted by start
        self._gaps = Block(start, self.end, [start], [self.end])  # what no block was carved from
        self._taken: dict[int, tuple[int, int]] = {}  # address -> the range that it took, padding included

    @property
    def taken(self) -> int:
        """Bytes in live allocations, with their padding."""
        return sum(end - start for start, end in self._taken.values())

    @property
    def largest(self) -> int:
        """Bytes in the largest free range, in a block or outside of all."""
        ranges = [self._gaps, *self._blocks]
        return max((e - s for block in ranges for s, e in zip(block.starts, block.ends, strict=True)), default=0)

    def allocate(self, size: int, alignment: int) -> int | None:
        """The address of `size` fresh bytes, a multiple of `alignment`; None when the zone is full.

        `size` is at least 1, `alignment` a power of two.
        """
        found = self._take_from_blocks(size, alignment)
        if found is None:
            block = self._carve_block(size, alignment)
            found = None if block is None else block.take(size, alignment)
        if found is None:
            return None
        start, address, end = found
        self._taken[address] = (start, end)
        return address

    def _take_from_blocks(self, size: int, alignment: int) -> tuple[int, int, int] | None:
        for block in sorted(self._blocks, key=lambda block: block.free):
            found = block.take(size, alignment)
            if found is not None:
                return found
        return None

    def _carve_block(self, size: int, alignment: int) -> Block | None:
        """A new block with room for the request; only as large as it when the zone is nearly full."""
        for want in (align_up(max(size, self._block_bytes), self._block_bytes), size):
            found = self._gaps.take(want, alignment)
            if found is not None:
                start, _, end = found
                block = Block(start, end, [start], [end])
                bisect.insort(self._blocks, block, key=lambda block: block.start)
                return block
        return None

    def free(self, address: int) -> None:
        """Give back an allocation by the address that `allocate` returned, once.

        Raises:
            ValueError: there is no such allocation.
        """
        taken = self._taken.pop(address, None)
        if taken is None:
            raise ValueError(f"no allocation begins at {address:#x}")
        index = bisect.bisect_right(self._blocks, address, key=lambda block: block.start) - 1
        block = self._blocks[index]
        block.give_back(*taken)
        if block.empty:
            del self._blocks[index]
            self._gaps.give_back(block.start, block.end)
