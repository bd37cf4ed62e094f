"""The remote memory manager: allocate, then finalize or abandon.

Owns: a session's zones and the life of every allocation in them. Must not know: graphs, symbols, gRPC (what
ships and frees is given to it). Invariant: an in-flight allocation ends exactly once, by `finalize` or
`abandon`; a range is free again only after the executor has given it up.

After jitlink::JITLinkMemoryManager (allocate / finalize / abandon / deallocate) and Julia's
JLJITLinkMemoryManager, which ships everything in flight at once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ..errors import ExecutorError, ExecutorRefusedError, ExitCalled, OutOfMemoryError
from ..model import AllocationContent, InitializeResult, Zone, ZoneRange
from .allocator import ZoneAllocator
from .census import ZoneCensus, take_census


class Transport(Protocol):
    """What ships allocations to the executor and frees them there."""

    def initialize(
        self, allocations: Sequence[AllocationContent], timeout: float | None = None
    ) -> list[InitializeResult]:
        """Ship them, in one rpc; their finalize actions may take `timeout` seconds."""
        ...

    def deinitialize(self, allocation_ids: Sequence[int]) -> list[str]:
        """Free them, in this order."""
        ...


@dataclass(frozen=True)
class RangeRequest:
    """Bytes wanted of a zone, at a multiple of `alignment`, which is a power of two."""

    zone: Zone
    size: int
    alignment: int


@dataclass(frozen=True)
class LiveAllocation:
    """What the executor has initialized; ended by `MemoryManager.deallocate`."""

    allocation_id: int
    ranges: tuple[tuple[Zone, int], ...]


@dataclass
class InFlightAllocation:
    """Ranges that nobody else gets, not yet known to the executor. `addresses` in the order of the requests."""

    addresses: tuple[int, ...]
    ranges: tuple[tuple[Zone, int], ...]
    ended: bool = field(default=False)


class MemoryManager:
    """Allocates in the zones of one session."""

    def __init__(self, zones: Mapping[Zone, ZoneRange], transport: Transport) -> None:
        self._lock = threading.Lock()
        self._transport = transport
        self._reclaim: dict[str, Callable[[], None]] = {}
        self._zones: dict[Zone, ZoneAllocator] = {
            name: ZoneAllocator(zone.address, zone.size) for name, zone in zones.items() if name != "lanes"
        }

    def on_full(self, zone: Zone, reclaim: Callable[[], None]) -> None:
        """Have `reclaim()` called when a zone is full, so that it can give back what its owner has no use for.

        One for each zone: who keeps ranges for later says so here. It is called in the thread that allocates, with no
        lock of ours held.
        """
        self._reclaim[zone] = reclaim

    def allocate(self, requests: Sequence[RangeRequest]) -> InFlightAllocation:
        """Take ranges for all the requests, or for none.

        Raises:
            OutOfMemoryError: a zone has no free range of that size, not even after what was kept in it was given back.
        """
        try:
            return self._allocate(requests)
        except OutOfMemoryError as full:
            if full.zone not in self._reclaim:
                raise
            self._reclaim[full.zone]()
        return self._allocate(requests)

    def _allocate(self, requests: Sequence[RangeRequest]) -> InFlightAllocation:
        taken: list[tuple[Zone, int]] = []
        with self._lock:
            for request in requests:
                address = self._zones[request.zone].allocate(request.size, request.alignment)
                if address is None:
                    self._free(taken)
                    raise self._full(request)
                taken.append((request.zone, address))
        return InFlightAllocation(tuple(address for _, address in taken), tuple(taken))

    def _full(self, request: RangeRequest) -> OutOfMemoryError:
        zone = self._zones[request.zone]
        free = zone.end - zone.start - zone.taken
        return OutOfMemoryError(
            f"the session's {request.zone} zone is full: {request.size} bytes wanted, {free} free, the largest free "
            f"range has {zone.largest}; open the session with a larger reservation=, or remove what is not needed",
            reason="RESERVATION_FULL",
            status="RESOURCE_EXHAUSTED",
            zone=request.zone,
            wanted=request.size,
            free=free,
            largest=zone.largest,
            facts={},
        )

    def census(self) -> dict[Zone, ZoneCensus]:
        """What is taken in each zone, at one moment."""
        with self._lock:
            return {zone: take_census(allocator) for zone, allocator in self._zones.items()}

    def finalize(
        self,
        allocations: Sequence[InFlightAllocation],
        contents: Sequence[AllocationContent],
        timeout: float | None = None,
    ) -> list[LiveAllocation]:
        """Ship all of them in one rpc. They all go live, or none does and all ranges are free again.

        Raises:
            ExitCalled: an initializer called exit().
            ExecutorError: why not.
        """
        try:
            results = self._transport.initialize(contents, timeout)
            if any(result.failure for result in results):
                self._undo(results)
                raise _action_error(results)
        except (ExecutorRefusedError, ExitCalled):
            self.abandon(allocations)
            raise
        except BaseException:
            # Nobody knows whether the executor has them: never to be used again. (The transport ends the session.)
            for allocation in allocations:
                allocation.ended = True
            raise
        for allocation in allocations:
            allocation.ended = True
        return [
            LiveAllocation(result.allocation_id, allocation.ranges)
            for result, allocation in zip(results, allocations, strict=True)
        ]

    def _undo(self, results: Sequence[InitializeResult]) -> None:
        """One lookup is all or nothing: take back what went live beside an allocation that failed."""
        live = [result.allocation_id for result in results if not result.failure]
        if live:
            self._transport.deinitialize(live[::-1])

    def abandon(self, allocations: Sequence[InFlightAllocation]) -> None:
        """Give the ranges of in-flight allocations back; the executor never knew of them, or has undone them."""
        with self._lock:
            for allocation in allocations:
                if not allocation.ended:
                    allocation.ended = True
                    self._free(allocation.ranges)

    def deallocate(self, allocations: Sequence[LiveAllocation]) -> list[str]:
        """Free live allocations, last first; returns the failures of their dealloc actions, a sentence each."""
        ids = [allocation.allocation_id for allocation in reversed(allocations)]
        failures = self._transport.deinitialize(ids) if ids else []
        with self._lock:
            for allocation in allocations:
                self._free(allocation.ranges)
        return failures

    def _free(self, ranges: Sequence[tuple[Zone, int]]) -> None:
        for zone, address in ranges:
            self._zones[zone].free(address)


def _action_error(results: Sequence[InitializeResult]) -> ExecutorError:
    """Why finalize actions failed: all of them, or the first that called exit()."""
    for result in results:
        if result.exited is not None:
            text = f"initialize: an initializer (constructor) called exit({result.exited})"
            return ExitCalled(text, exit_code=result.exited)
    failures = "; ".join(result.failure for result in results if result.failure)
    return ExecutorRefusedError(f"initialize: {failures}", reason="ACTION_FAILED", status="ABORTED", facts={})
