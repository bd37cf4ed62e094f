"""A zone allocator beside a model of it that cannot be wrong: a byte of a bytearray for every byte of the zone.

Owns: the model, and what must hold of both. Must not know: how the allocator keeps its ranges (it asks `usage()`, `blocks()`
and `allocations()` only). Invariant: `check` holds after every step, however many there were.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise

from exclave.controller.memory.allocator import BLOCK_BYTES, ZoneAllocator
from exclave.controller.memory.free_ranges import SMALLEST_GAP
from exclave.controller.memory.usage import AllocationRange, ZoneUsage


class ZoneShadow:
    """Does everything twice and compares."""

    def __init__(self, start: int, size: int, block_bytes: int = BLOCK_BYTES) -> None:
        self.allocator = ZoneAllocator(start, size, block_bytes)
        self.taken = bytearray(size)
        self.sizes: dict[int, int] = {}
        self.addresses: list[int] = []  # to choose from

    def allocate(self, size: int, alignment: int) -> int | None:
        address = self.allocator.allocate(size, alignment)
        if address is None:
            assert self.allocator.largest < size + alignment - 1
            return None
        self._note(address, size, alignment)
        return address

    def allocate_many(self, wanted: Sequence[tuple[int, int]]) -> None:
        addresses = self.allocator.allocate_many(wanted)
        for address, (size, alignment) in zip(addresses, wanted, strict=False):
            self._note(address, size, alignment)
        if len(addresses) < len(wanted):
            size, alignment = wanted[len(addresses)]
            assert self.allocator.largest < size + alignment - 1

    def _note(self, address: int, size: int, alignment: int) -> None:
        assert address % alignment == 0
        offset = address - self.allocator.start
        assert 0 <= offset <= len(self.taken) - size
        assert self.taken.find(1, offset, offset + size) == -1
        self.taken[offset : offset + size] = b"\1" * size
        self.sizes[address] = size
        self.addresses.append(address)

    def free(self, address: int) -> None:
        self.allocator.free(address)
        offset, size = address - self.allocator.start, self.sizes.pop(address)
        self.taken[offset : offset + size] = bytes(size)

    def free_any(self, dice: random.Random) -> None:
        place = dice.randrange(len(self.addresses))
        self.addresses[place], self.addresses[-1] = self.addresses[-1], self.addresses[place]
        self.free(self.addresses.pop())

    def check(self) -> None:
        """The account, the lists and the model say the same."""
        usage, allocations = self.allocator.usage(), self.allocator.allocations()
        assert [(one.address, one.size) for one in allocations] == sorted(self.sizes.items())
        assert all(0 <= one.padding < SMALLEST_GAP for one in allocations)
        self._check_sums(usage, sum(one.padding for one in allocations))
        self._check_ranges(usage, allocations)
        assert (usage.taken, usage.largest) == (self.allocator.taken, self.allocator.largest)

    def _check_sums(self, usage: ZoneUsage, padding: int) -> None:
        assert usage.payload == sum(self.sizes.values()) == self.taken.count(1)
        assert usage.padding == padding
        assert usage.taken == usage.payload + usage.padding
        assert usage.carved == usage.taken + usage.free_in_blocks
        assert usage.reserved == len(self.taken) == self.allocator.end - self.allocator.start
        assert usage.allocations == len(self.sizes)

    def _check_ranges(self, usage: ZoneUsage, allocations: Sequence[AllocationRange]) -> None:
        blocks = [(one.address, one.address + one.size) for one in self.allocator.blocks()]
        padded = [(one.address - one.padding, one.address + one.size) for one in allocations]
        zone = (self.allocator.start, self.allocator.end)
        gaps, free = between([zone], blocks), between(blocks, padded)
        assert usage.blocks == len(blocks)
        assert usage.carved == usage.reserved - sum(gaps)
        assert usage.free_in_blocks == sum(free) == sum(one.free for one in self.allocator.blocks())
        assert len(free) == sum(one.free_ranges for one in self.allocator.blocks())
        assert usage.largest == max([*gaps, *free], default=0)
        assert all(one.free < one.size for one in self.allocator.blocks()), "an empty block is a gap"

    def drain(self) -> None:
        """Free everything: one gap is left."""
        for address in sorted(self.sizes, key=lambda address: address % 4099):
            self.free(address)
        assert self.allocator.usage() == ZoneUsage(len(self.taken), 0, 0, 0, 0, 0, len(self.taken), 0, 0)
        assert self.allocator.blocks() == self.allocator.allocations() == []
        assert not any(self.taken)


def between(outer: Sequence[tuple[int, int]], inner: Sequence[tuple[int, int]]) -> list[int]:
    """The sizes of what is left of the outer ranges without the inner ones; each inner one lies in an outer one."""
    edges = sorted([(start, 0, end) for start, end in outer] + [(start, 1, end) for start, end in inner])
    left, place, stop = [], 0, 0
    for start, depth, end in [*edges, (edges[-1][2] + 1 if edges else 0, 0, 0)]:
        if depth == 0:
            left.append(stop - place)
            place, stop = start, end
        else:
            assert place <= start <= end <= stop, "ranges overlap, or lie outside"
            left.append(start - place)
            place = end
    return [size for size in left if size]


def pages_of(ranges: Sequence[AllocationRange], page: int = 4096) -> int:
    """Bytes in the pages that the ranges, which are in order, touch."""
    spans = [(one.address // page, (one.address + one.size - 1) // page + 1) for one in ranges]
    shared = sum(end > start for (_, end), (start, _) in pairwise(spans))
    return page * (sum(end - start for start, end in spans) - shared)
