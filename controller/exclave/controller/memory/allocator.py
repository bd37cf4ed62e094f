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

from .block_index import Block, BlockIndex
from .free_ranges import FreeRanges
from .usage import AllocationRange, BlockRange, ZoneUsage

BLOCK_BYTES = 1 << 20
PAGE = 4096
"""What blocks begin at a multiple of, where there is room: the host gives memory and takes it back in pages."""
LARGE = 8
"""An allocation of a block's eighth or more is a block of its own: packed, it would leave holes that few others fit."""

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
