"""What a session's memory is used for, and by whom: its figures and its map.

Owns: whose each allocation is. Must not know: how memory is managed, how a map is drawn. Invariant: every byte that is
taken is counted for exactly one tracker; looking takes no lock that a lookup holds for long, so that figures can be had
while something goes wrong.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping
from typing import NamedTuple

from .memory import ZoneCensus
from .memory_map import ADAPTERS, ARRAYS, IN_FLIGHT, KEPT, RUNTIME, Allocation, MemoryMap, ZoneMap
from .model import Zone
from .session_calls import SessionCalls
from .session_code import SessionCode
from .session_worker import SessionWorker
from .statistics import SessionStats, WorkerStats, WorkerZone, ZoneStats
from .units import MaterializationUnit


class Owner(NamedTuple):
    """Whose an allocation is; `addresses` and `names` of what its unit defines, both in the order of addresses."""

    tracker: str
    addresses: list[int]
    names: list[str]

    def names_in(self, start: int, end: int) -> tuple[tuple[str, int], ...]:
        """What lies in [start, end)."""
        first, last = bisect_left(self.addresses, start), bisect_left(self.addresses, end)
        return tuple(zip(self.names[first:last], self.addresses[first:last], strict=True))


NOBODY = Owner(IN_FLIGHT, [], [])


class SessionCensus:
    """One session's. `worker` gives the one that it has now."""

    def __init__(self, worker: Callable[[], SessionWorker], code: SessionCode, calls: SessionCalls) -> None:
        self._worker = worker
        self._code = code
        self._calls = calls

    def stats(self, generation: int) -> SessionStats:
        """The figures of both sides."""
        worker = self._worker()
        known = worker.client.stats()
        census, owners = worker.memory.census(), self._owners(worker)
        zones = {name: _zone_stats(zone, known.zones[name], owners) for name, zone in census.items()}
        return SessionStats(known, zones, generation, self._calls.count())

    def map(self) -> MemoryMap:
        """What lies where."""
        worker = self._worker()
        known = worker.client.stats()
        census, owners = worker.memory.census(), self._owners(worker)
        zones = [_zone_map(name, zone, known, owners) for name, zone in census.items()]
        return MemoryMap(f"session {known.name}", tuple(zones))

    def _owners(self, worker: SessionWorker) -> Mapping[int, Owner]:
        """By the address of an allocation. What a lookup is about to make live is nobody's yet."""
        owners: dict[int, Owner] = {}
        for address, used in worker.way.zone.holders().items():
            owners[address] = Owner(ARRAYS if used else KEPT, [], [])
        runtime, *glue = self._code.runtime.units()  # the session runtime is the first that a session gets
        named = [(unit, unit.name) for unit in self._code.main.units()]
        for unit, name in [*named, (runtime, RUNTIME), *((unit, ADAPTERS) for unit in glue)]:
            allocation = unit.allocation
            if allocation is not None:
                owners.update(dict.fromkeys((address for _, address in allocation.ranges), _owner(unit, name)))
        return owners


def _owner(unit: MaterializationUnit, tracker: str) -> Owner:
    ordered = sorted((address, name) for name, address in unit.addresses.items())
    return Owner(tracker, [address for address, _ in ordered], [name for _, name in ordered])


def _zone_stats(zone: ZoneCensus, known: WorkerZone, owners: Mapping[int, Owner]) -> ZoneStats:
    by_tracker: Counter[str] = Counter()
    for taken in zone.taken:
        by_tracker[owners.get(taken.address, NOBODY).tracker] += taken.end - taken.address
    return ZoneStats(
        reserved=zone.reserved,
        committed=known.committed,
        live_segments=known.live_segments,
        live_bytes=known.live_bytes,
        carved=zone.carved,
        payload=zone.payload,
        padding=zone.padding,
        free=zone.free,
        by_tracker=dict(by_tracker),
    )


def _zone_map(name: Zone, zone: ZoneCensus, known: WorkerStats, owners: Mapping[int, Owner]) -> ZoneMap:
    found = [(taken, owners.get(taken.address, NOBODY)) for taken in zone.taken]
    allocations = tuple(
        Allocation(*taken, owner.tracker, owner.names_in(taken.address, taken.end)) for taken, owner in found
    )
    blocks = tuple((block.start, block.end) for block in zone.blocks)
    return ZoneMap(name, zone.start, zone.end, known.zones[name].committed, blocks, allocations)
