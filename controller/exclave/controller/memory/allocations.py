"""What the memory manager hands out, in the stages of its life, and what carries it to the executor.

Owns: the words for it. Must not know: who decides. Invariant: an in-flight allocation has two ends, `finalize` and
`abandon`; a live one has one, `deallocate`. (jitlink::JITLinkMemoryManager::InFlightAlloc, FinalizedAlloc)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from ..model import AllocationContent, InitializeResult, Zone


class Transport(Protocol):
    """What ships allocations to the executor and frees them there."""

    def initialize(self, allocations: Sequence[AllocationContent]) -> list[InitializeResult]:
        """Ship them, in one rpc."""
        ...

    def deinitialize(self, allocation_ids: Sequence[int], partly: Mapping[int, int] | None = None) -> list[str]:
        """Free them, in this order; `partly`: of which only the first so many deferred actions were finalized."""
        ...

    def write_slots(self, slots: Sequence[tuple[int, int]]) -> None:
        """Point slots, (address, value), in live read-only memory to other live code, in one rpc."""
        ...


class RangeRequest(NamedTuple):
    """Bytes wanted of a zone, at a multiple of `alignment`, which is a power of two."""

    zone: Zone
    size: int
    alignment: int


class LiveAllocation(NamedTuple):
    """What the executor has initialized; ended by `MemoryManager.deallocate`."""

    allocation_id: int
    ranges: tuple[tuple[Zone, int], ...]


@dataclass
class InFlightAllocation:
    """Ranges that nobody else gets, not yet known to the executor. `addresses` in the order of the requests."""

    addresses: tuple[int, ...]
    ranges: tuple[tuple[Zone, int], ...]
    ended: bool = field(default=False)
