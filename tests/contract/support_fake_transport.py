"""A transport that keeps the promises of the remote one in this process; the contract tests hold both to them.

Owns: segments in a dictionary. Must not know: gRPC, the executor. Invariant: what it accepts and refuses, the executor
does too.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

from exclave.controller.errors import ExecutorRefusedError
from exclave.controller.model import AllocationContent, InitializeResult, SegmentContent, Zone, ZoneRange
from support_actions import ActionTable


class FakeTransport:
    """`exclave.controller.memory.manager.Transport`, and memory to look at."""

    def __init__(self, zones: Mapping[Zone, ZoneRange], actions: ActionTable) -> None:
        self.zones = zones
        self.live: dict[int, AllocationContent] = {}
        self._actions = actions
        self._next_id = 1
        self._lock = threading.Lock()

    def initialize(
        self, allocations: Sequence[AllocationContent], timeout: float | None = None
    ) -> list[InitializeResult]:
        with self._lock:
            taken = [segment for allocation in self.live.values() for segment in allocation.segments]
            for segment in (segment for allocation in allocations for segment in allocation.segments):
                self._check(segment, taken)
                taken.append(segment)
            return [self._keep(allocation) for allocation in allocations]

    def _keep(self, allocation: AllocationContent) -> InitializeResult:
        failure = self._actions.finalize(allocation.actions)
        if failure:
            return InitializeResult(0, failure)
        self.live[self._next_id] = allocation
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
        with self._lock:
            if len(self.live.keys() & set(allocation_ids)) < len(allocation_ids):
                raise _refusal("NO_SUCH_ALLOCATION", "NOT_FOUND")
            gone = [self.live.pop(allocation_id) for allocation_id in allocation_ids]
            return [failure for allocation in gone for failure in self._actions.deallocate(allocation.actions)]

    def write_slots(self, slots: Sequence[tuple[int, int]]) -> None:
        with self._lock:
            for address, value in slots:
                if address % 8 or not self._holds("code", value, 1):
                    raise _refusal("NO_SLOT", "INVALID_ARGUMENT")
                if not self._holds("readonly", address, 8):
                    raise _refusal("NO_SLOT", "OUT_OF_RANGE")
            for address, value in slots:
                self._store(address, value.to_bytes(8, "little"))

    def _holds(self, zone: Zone, address: int, size: int) -> bool:
        segments = [segment for allocation in self.live.values() for segment in allocation.segments]
        return any(s.zone == zone and s.address <= address and address + size <= s.address + s.size for s in segments)

    def _store(self, address: int, data: bytes) -> None:
        for number, allocation in self.live.items():
            segments = tuple(_with(segment, address, data) for segment in allocation.segments)
            self.live[number] = allocation._replace(segments=segments)

    def read_memory(self, address: int, size: int) -> bytes:
        for segment in (segment for allocation in self.live.values() for segment in allocation.segments):
            if segment.address <= address and address + size <= segment.address + segment.size:
                whole = bytes(segment.content).ljust(segment.size, b"\0")
                return whole[address - segment.address :][:size]
        raise _refusal("RANGE_OUTSIDE_ZONES", "OUT_OF_RANGE")


def _with(segment: SegmentContent, address: int, data: bytes) -> SegmentContent:
    if not segment.address <= address < segment.address + segment.size:
        return segment
    content, at = bytearray(bytes(segment.content).ljust(segment.size, b"\0")), address - segment.address
    content[at : at + len(data)] = data
    return segment._replace(content=memoryview(content))


def _refusal(reason: str, status: str) -> ExecutorRefusedError:
    return ExecutorRefusedError(reason, reason=reason, status=status, facts={})
