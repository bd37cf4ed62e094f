"""The remote memory manager: allocate, then finalize or abandon.

Owns: a session's zones and the life of every allocation in them. Must not know: graphs, symbols, gRPC (what
ships and frees is given to it). Invariant: an in-flight allocation ends exactly once, by `finalize` or
`abandon`; a range is free again only after the executor has given it up.

After jitlink::JITLinkMemoryManager: allocate, finalize or abandon, deallocate.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from itertools import chain

from ..checks import checked_size
from ..errors import ArgumentRangeError, ExecutorRefusedError, OutOfMemoryError
from ..model import AllocationContent, Zone, ZoneRange
from .allocations import InFlightAllocation, LiveAllocation, RangeRequest, Transport
from .allocator import BLOCK_BYTES, ZoneAllocator
from .census import ZoneCensus, take_census
from .group_commit import GroupCommit, Shipment
from .reservation import advice, fitting_reservation


class MemoryManager:
    """Allocates in the zones of one session."""

    def __init__(self, zones: Mapping[Zone, ZoneRange], transport: Transport, most: int = 0) -> None:
        """`most`: bytes that the executor reserves for a session at most, 0: unknown."""
        self._ranges = dict(zones)
        self._most = most
        self._lock = threading.Lock()
        self._transport = transport
        self._commit = GroupCommit(transport, self._give_back)
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
        """Take ranges for all the requests, or for none; raises as `allocate_all`."""
        return self.allocate_all([requests])[0]

    def allocate_all(self, groups: Sequence[Sequence[RangeRequest]]) -> list[InFlightAllocation]:
        """An allocation for each group of requests, or none at all.

        Raises:
            OutOfMemoryError: a zone has no free range of that size, not even after what was kept in it was given back.
        """
        try:
            return self._allocate(groups)
        except OutOfMemoryError as full:
            if full.zone not in self._reclaim:
                raise
            self._reclaim[full.zone]()
        return self._allocate(groups)

    def _allocate(self, groups: Sequence[Sequence[RangeRequest]]) -> list[InFlightAllocation]:
        by_zone: dict[Zone, list[RangeRequest]] = {}
        for request in chain.from_iterable(groups):
            by_zone.setdefault(request.zone, []).append(request)
        taken: dict[Zone, list[int]] = {}
        with self._lock:
            for zone, requests in by_zone.items():
                taken[zone] = self._zones[zone].allocate_many([(one.size, one.alignment) for one in requests])
                if len(taken[zone]) < len(requests):
                    for its_zone, addresses in taken.items():
                        self._free([(its_zone, address) for address in addresses])
                    raise self._full(requests[len(taken[zone])], requests)
        following = {zone: iter(addresses) for zone, addresses in taken.items()}
        ranges = [tuple([(request.zone, next(following[request.zone])) for request in group]) for group in groups]
        return [InFlightAllocation(tuple([address for _, address in mine]), mine) for mine in ranges]

    def _full(self, request: RangeRequest, requests: Sequence[RangeRequest]) -> OutOfMemoryError:
        zone = self._zones[request.zone]
        free = zone.end - zone.start - zone.taken
        together = sum(one.size + one.alignment for one in requests if one.zone == request.zone)
        fitting = fitting_reservation(self._ranges, request.zone, together + BLOCK_BYTES)
        return OutOfMemoryError(
            f"the session's {request.zone} zone is full: {request.size} bytes wanted, {free} free, the largest free "
            f"range has {zone.largest}; remove what is not needed, or: {advice(fitting, self._most)}",
            reason="RESERVATION_FULL",
            status="RESOURCE_EXHAUSTED",
            zone=request.zone,
            wanted=request.size,
            free=free,
            largest=zone.largest,
            reservation=fitting,
            most=self._most,
            facts={},
        )

    def check_larger(self, reservation: int) -> None:
        """Raises SignatureError or ArgumentRangeError unless it is a reservation, and a larger one than this."""
        present = sum(zone.size for zone in self._ranges.values())
        if checked_size(reservation, "reservation") <= present:
            raise ArgumentRangeError(f"{reservation} bytes: the session has {present}, and it can only grow")
        if self._most and reservation > self._most:
            raise ArgumentRangeError(f"{reservation} bytes: the executor reserves {self._most} at most for a session")

    def census(self) -> dict[Zone, ZoneCensus]:
        """What is taken in each zone, at one moment."""
        with self._lock:
            return {zone: take_census(allocator) for zone, allocator in self._zones.items()}

    def finalize(
        self,
        allocations: Sequence[InFlightAllocation],
        contents: Sequence[AllocationContent],
        what: str = "allocations",
    ) -> list[LiveAllocation]:
        """Ship all of them, with whatever others ship now. All go live, or none does and all ranges are free again.

        Raises:
            ExecutorError: why not.
        """
        shipment = Shipment(what, allocations, contents)
        self.submit(shipment)
        return self.wait(shipment)

    def submit(self, shipment: Shipment) -> None:
        """Queue what is ready: the first half of `finalize`; `wait` must follow.

        Raises:
            ExecutorRefusedError: an allocation has been finalized or abandoned before.
        """
        with self._lock:
            if any(allocation.ended for allocation in shipment.allocations):
                raise _ended(shipment)
            for allocation in shipment.allocations:
                allocation.ended = True
        self._commit.submit(shipment)

    def wait(self, shipment: Shipment) -> list[LiveAllocation]:
        """The second half of `finalize`, in any thread."""
        return self._commit.wait(shipment)

    def abandon(self, allocations: Sequence[InFlightAllocation]) -> None:
        """Give the ranges of in-flight allocations back; the executor never knew of them, or has undone them."""
        with self._lock:
            for allocation in allocations:
                if not allocation.ended:
                    allocation.ended = True
                    self._free(allocation.ranges)

    def _give_back(self, allocations: Sequence[InFlightAllocation]) -> None:
        """Of a finalize that failed."""
        with self._lock:
            for allocation in allocations:
                self._free(allocation.ranges)

    def deallocate(self, allocations: Sequence[LiveAllocation], partly: Mapping[int, int] | None = None) -> list[str]:
        """Free live allocations, last first; returns the failures of their dealloc actions, a sentence each.

        `partly`: by allocation id, of which only the first so many deferred actions were finalized.
        """
        ids = [allocation.allocation_id for allocation in reversed(allocations)]
        failures = self._transport.deinitialize(ids, partly) if ids else []
        with self._lock:
            for allocation in allocations:
                self._free(allocation.ranges)
        return failures

    def write_slots(self, slots: Sequence[tuple[int, int]]) -> None:
        """Point slots, (address, value), to other code: whoever jumps through one meanwhile goes to the old or the new.

        Raises:
            ExecutorError: why not; none of them was written, or the session is over.
        """
        if slots:
            self._transport.write_slots(slots)

    def _free(self, ranges: Sequence[tuple[Zone, int]]) -> None:
        for zone, address in ranges:
            self._zones[zone].free(address)


def _ended(shipment: Shipment) -> ExecutorRefusedError:
    text = f"{shipment.what}: an in-flight allocation ends once, and one of these was finalized or abandoned before"
    return ExecutorRefusedError(text, reason="ALLOCATION_ENDED", status="FAILED_PRECONDITION", facts={})
