"""Carves one zone of a reservation: integers only, no rpc.

Owns: which ranges of the zone are taken. Must not know: what lies in them, the executor, threads (its user
holds the lock). Invariant: taken ranges never overlap; every byte of the zone is in exactly one of: the gaps
that no block was carved from, a block's free ranges, or a taken range; a block with nothing taken is a gap.

Small allocations are packed to their own alignment into blocks, the fullest block that has room first (so that
emptier ones can drain and be given back), and there into the range that fits best. A large one is a block of its
own, no larger than it, so that its pages are all given back with it. After asmjit's JitAllocator and LLVM's
MapperJITLinkMemoryManager, of which the latter never gives a block back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .block_index import Block, BlockIndex
from .free_ranges import SMALLEST_GAP, FreeRanges
from .usage import AllocationRange, BlockRange, ZoneUsage

BLOCK_BYTES = 1 << 20
PAGE = 4096
"""What blocks begin at a multiple of, where there is room: the host gives memory and takes it back in pages."""
LARGE = 8
"""An allocation of a block's eighth or more is a block of its own: packed, it would leave holes that few others fit."""

MOST_IN_RUN = 256
"""Allocations that are cut from one range at once; more would make it no cheaper."""

_Taken = tuple[Block, int, int]  # the block it is in, first byte with padding, end


class ZoneAllocator:
    """Allocates within [start, start + size). Addresses, sizes and alignments in bytes."""

    def __init__(self, start: int, size: int, block_bytes: int = BLOCK_BYTES) -> None:
        self.start = start
        self.end = start + size
        self._block_bytes = block_bytes
        self._large = block_bytes // LARGE
        self._blocks = BlockIndex()
        self._gaps = FreeRanges(start, self.end)  # what no block was carved from
        self._taken: dict[int, _Taken] = {}  # by address
        self._taken_bytes = 0
        self._padding = 0

    @property
    def taken(self) -> int:
        """Bytes in live allocations, with their padding."""
        return self._taken_bytes

    @property
    def largest(self) -> int:
        """Bytes in the largest free range, in a block or outside of all."""
        return max(self._gaps.largest, self._blocks.largest)

    def usage(self) -> ZoneUsage:
        """The account of the zone; costs the same however much there is in it."""
        reserved = self.end - self.start
        carved = reserved - self._gaps.total
        return ZoneUsage(
            reserved=reserved,
            carved=carved,
            taken=self._taken_bytes,
            payload=self._taken_bytes - self._padding,
            padding=self._padding,
            free_in_blocks=carved - self._taken_bytes,
            largest=self.largest,
            blocks=len(self._blocks),
            allocations=len(self._taken),
        )

    def blocks(self) -> list[BlockRange]:
        """All blocks, by address."""
        blocks = sorted(self._blocks, key=lambda block: block.start)
        return [BlockRange(b.start, b.end - b.start, b.free.total, len(b.free)) for b in blocks]

    def allocations(self) -> list[AllocationRange]:
        """All live allocations, by address."""
        return [
            AllocationRange(address, end - address, address - first)
            for address, (_, first, end) in sorted(self._taken.items(), key=lambda item: item[0])
        ]

    def allocate(self, size: int, alignment: int) -> int | None:
        """The address of `size` fresh bytes, a multiple of `alignment`; None when the zone is full.

        `size` is at least 1, `alignment` a power of two.
        """
        block = None if size >= self._large else self._blocks.fullest_with_room(size, alignment)
        if block is None:
            block = self._carve_block(size, alignment) or self._blocks.any_with_room(size, alignment)
        if block is None:
            return None
        return self._take(block, size, alignment)

    def allocate_many(self, wanted: Sequence[tuple[int, int]]) -> list[int]:
        """Addresses for requests (size, alignment), in their order; fewer than requests when the zone is full.

        Small ones that follow each other get one range, if there is one for all of them: it is looked for once.
        """
        addresses: list[int] = []
        while len(addresses) < len(wanted):
            run = _run_of(wanted, len(addresses), self._large // 2)
            found = self._allocate_run(run) if len(run.places) > 1 else None
            if found is None:
                alone = self.allocate(*wanted[len(addresses)])
                if alone is None:
                    break
                found = [alone]
            addresses += found
        return addresses

    def _allocate_run(self, run: _Run) -> list[int] | None:
        """One range, cut up; what pads an allocation lies before it, as always."""
        start = self.allocate(run.size, run.alignment)
        if start is None:
            return None
        block, end, _ = self._taken[start]
        for offset, size in run.places:
            address = start + offset
            self._taken[address] = (block, end, address + size)
            self._padding += address - end if offset else 0  # the first one's is counted
            end = address + size
        return [start + offset for offset, _ in run.places]

    def _take(self, block: Block, size: int, alignment: int) -> int:
        found = block.free.find(size, alignment) or block.free.find_any(size, alignment)
        assert found is not None, "the block was chosen because it has room"
        first, address, range_end = found
        end = address + size
        block.free.take(first, end, range_end)
        self._blocks.update(block)
        self._taken[address] = (block, first, end)
        self._taken_bytes += end - first
        self._padding += address - first
        return address

    def _carve_block(self, size: int, alignment: int) -> Block | None:
        """A new block with room for the request: of the usual size, or what there is when the zone is nearly full;
        no larger than the request when that is large."""
        want = size if size >= self._large else self._block_bytes
        found = (
            self._gaps.find(want, max(alignment, PAGE))
            or self._gaps.find(size, alignment)
            or self._gaps.find_any(size, alignment)
        )
        if found is None:
            return None
        start, address, range_end = found
        block = Block(start, min(address + want, range_end))
        self._gaps.take(block.start, block.end, range_end)
        self._blocks.add(block)
        return block

    def free(self, address: int) -> None:
        """Give back an allocation by the address that `allocate` returned, once.

        Raises:
            ValueError: there is no such allocation.
        """
        taken = self._taken.pop(address, None)
        if taken is None:
            raise ValueError(f"no allocation begins at {address:#x}")
        block, first, end = taken
        self._taken_bytes -= end - first
        self._padding -= address - first
        block.free.give_back(first, end)
        if block.empty:
            self._blocks.remove(block)
            self._gaps.give_back(block.start, block.end)
        else:
            self._blocks.update(block)


class _Run(NamedTuple):
    """Requests that are to lie one behind the other: offset and size of each."""

    places: Sequence[tuple[int, int]]
    size: int
    alignment: int


def _run_of(wanted: Sequence[tuple[int, int]], begin: int, most: int) -> _Run:
    """As many requests, from `begin` on, as go into `most` bytes; at least one."""
    places: list[tuple[int, int]] = []
    end, strictest = 0, 1
    for size, alignment in wanted[begin : begin + MOST_IN_RUN]:
        start = -(-end // alignment) * alignment
        if places and (start + size > most or start - end >= SMALLEST_GAP):
            break
        places.append((start, size))
        end, strictest = start + size, max(strictest, alignment)
    return _Run(places, end, strictest)
