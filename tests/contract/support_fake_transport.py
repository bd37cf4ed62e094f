"""A transport that keeps the promises of the remote one in this process; the contract tests hold both to them.

Owns: segments in a dictionary. Must not know: gRPC. Invariant: what it accepts and refuses, the executor does too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from exclave.controller.errors import ExecutorRefusedError
from exclave.controller.model import AllocationContent, InitializeResult, SegmentContent, Zone, ZoneRange


class FakeTransport:
    """`exclave.controller.memory.manager.Transport`, and memory to look at."""

    def __init__(self, zones: Mapping[Zone, ZoneRange]) -> None:
        self.zones = zones
        self.live: dict[int, tuple[SegmentContent, ...]] = {}
        self._next_id = 1

    def initialize(
        self, allocations: Sequence[AllocationContent], timeout: float | None = None
    ) -> list[InitializeResult]:
        taken = [s for segments in self.live.values() for s in segments]
        for allocation in allocations:
            for segment in allocation.segments:
                self._check(segment, taken)
                taken.append(segment)
        return [self._keep(allocation) for allocation in allocations]

    def _keep(self, allocation: AllocationContent) -> InitializeResult:
        self.live[self._next_id] = allocation.segments
        self._next_id += 1
        return InitializeResult(self._next_id - 1, "")

    def _check(self, segment: SegmentContent, taken: Sequence[SegmentContent]) -> None:
        zone, end = self.zones[segment.zone], segment.address + segment.size
        if segment.size < 1 or len(segment.content) > segment.size:
            raise _refusal("SEGMENT_SIZE", "INVALID_ARGUMENT")
        if segment.address < zone.address or end > zone.address + zone.size:
            raise _refusal("SEGMENT_OUTSIDE_ZONE", "INVALID_ARGUMENT")
        if any(segment.address < other.address + other.size and other.address < end for other in taken):
            raise _refusal("SEGMENT_OVERLAP", "INVALID_ARGUMENT")

    def deinitialize(self, allocation_ids: Sequence[int], partly: Mapping[int, int] | None = None) -> list[str]:
        if any(allocation_id not in self.live for allocation_id in allocation_ids):
            raise _refusal("NO_SUCH_ALLOCATION", "NOT_FOUND")
        for allocation_id in allocation_ids:
            del self.live[allocation_id]
        return []

    def read_memory(self, address: int, size: int) -> bytes:
        for segments in self.live.values():
            for segment in segments:
                if segment.address <= address and address + size <= segment.address + segment.size:
                    whole = bytes(segment.content).ljust(segment.size, b"\0")
                    return whole[address - segment.address :][:size]
        raise _refusal("RANGE_OUTSIDE_ZONES", "OUT_OF_RANGE")


def _refusal(reason: str, status: str) -> ExecutorRefusedError:
    return ExecutorRefusedError(reason, reason=reason, status=status, facts={})
