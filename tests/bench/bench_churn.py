"""A hundred thousand adds and removes of 100 bytes to 1 MB: does the memory stay what is live?

They go through the session's own memory manager and its transport, so every byte is shipped over gRPC and every range
is freed by the daemon, but not through the linker: its images, which a session keeps for backtraces, would be some GB.
"""

from __future__ import annotations

import os
import random
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from exclave.controller import connect
from exclave.controller.memory import LiveAllocation, MemoryManager, RangeRequest
from exclave.controller.model import AllocationContent, SegmentContent, Zone
from exclave.controller.session import Session

from .footprint import SPARE_SECONDS, Footprint, wait_for_one_session
from .measure import Effort, Measurement, Target

TURNS = 100_000
BATCH = 8
"""Most that one rpc adds or removes, as a lookup reaches several modules."""
SMALLEST, LARGEST = 100, 1_000_000
SHARES: tuple[tuple[Zone, float], ...] = (("code", 0.4), ("readonly", 0.2), ("data", 0.4))
FULL = 200_000_000
"""Live bytes at which the next turn removes: two thirds of what the code zone lets in."""
LOOKS = 100
"""How often fragmentation is looked at."""
ALIGNMENT = 16
PAGE = os.sysconf("SC_PAGESIZE")
CONTENT = memoryview(os.urandom(LARGEST))


Place = tuple[Zone, int, int]


@dataclass
class Churn:
    """Random turns. `live`: allocations with the zone, address and size of each segment."""

    manager: MemoryManager
    chance: random.Random
    live: list[tuple[LiveAllocation, list[Place]]] = field(default_factory=list)
    bytes: int = 0
    shipped: int = 0

    def turn(self, most: int) -> int:
        """Add or remove some, at most `most`; how many."""
        count = min(self.chance.randint(1, BATCH), most)
        if self.bytes > FULL or self.chance.random() < 0.25 + 0.5 * self.bytes / FULL:
            count = min(count, len(self.live))
            self._remove(count)
        else:
            self._add([self._wanted() for _ in range(count)])
        return count

    def _wanted(self) -> list[RangeRequest]:
        size = self.chance.uniform(SMALLEST, LARGEST)
        return [RangeRequest(zone, max(1, int(size * share)), ALIGNMENT) for zone, share in SHARES]

    def _add(self, modules: list[list[RangeRequest]]) -> None:
        flying = [self.manager.allocate(wanted) for wanted in modules]
        places = [
            [(request.zone, address, request.size) for request, address in zip(wanted, one.addresses, strict=True)]
            for wanted, one in zip(modules, flying, strict=True)
        ]
        contents = [
            AllocationContent(tuple(SegmentContent(*place, CONTENT[: place[-1]]) for place in module))
            for module in places
        ]
        live = self.manager.finalize(flying, contents)
        self.live += list(zip(live, places, strict=True))
        added = _bytes(places)
        self.bytes, self.shipped = self.bytes + added, self.shipped + added

    def _remove(self, count: int) -> None:
        gone = [self.live.pop(self.chance.randrange(len(self.live))) for _ in range(count)]
        self.manager.deallocate([allocation for allocation, _ in gone])
        self.bytes -= _bytes([places for _, places in gone])

    def ranges(self, zone: int) -> list[tuple[int, int]]:
        """What is live in the zone with this number in `SHARES`, by address."""
        return sorted(places[zone][1:] for _, places in self.live)

    def holes(self, zone: int) -> list[int]:
        """Bytes between neighbours there, from the first live byte to the last."""
        ranges = self.ranges(zone)
        return [after - address - size for (address, size), (after, _) in pairwise(ranges)]

    @property
    def fragmentation(self) -> float:
        """Bytes that are free in blocks, of all that is carved."""
        zones = self.manager.census().values()
        return sum(zone.free for zone in zones) / max(1, sum(zone.carved for zone in zones))

    @property
    def unusable(self) -> float:
        """Bytes in holes that the largest module does not fit in, of those and the live ones together."""
        largest = [LARGEST * share for _, share in SHARES]
        lost = sum(hole for zone, most in enumerate(largest) for hole in self.holes(zone) if hole < most)
        return lost / (lost + self.bytes) if self.bytes else 0.0

    @property
    def pages(self) -> int:
        """Bytes in the pages that something live lies on."""
        touched = 0
        for zone in range(len(SHARES)):
            end = 0
            for address, size in self.ranges(zone):
                first, last = max(end, address & -PAGE), (address + size + PAGE - 1) & -PAGE
                touched += max(0, last - first)
                end = max(end, last)
        return touched


@dataclass(frozen=True)
class Outcome:
    """`looks`: fragmentation and what is unusable at every look; `milliseconds` for each turn."""

    churn: Churn
    looks: list[tuple[float, float]]
    took: Footprint
    milliseconds: float


def measure(effort: Effort) -> Iterator[Measurement]:
    """Fragmentation, committed memory, and what daemon and worker hold more than before."""
    turns = effort.times(TURNS)
    with connect() as executor, executor.session() as session:
        daemon, worker = executor.capabilities.daemon_pid, session.opened.worker_pid
        wait_for_one_session(daemon, effort.seconds(SPARE_SECONDS))
        outcome = churn(session, turns, daemon, worker)
    yield from _rows(outcome, turns)


def churn(session: Session, turns: int, daemon: int, worker: int) -> Outcome:
    """All the turns; the first ones, not counted, have gRPC start the threads that it wants."""
    work, done = Churn(session._worker.memory, random.Random(1)), 0
    looks: list[tuple[float, float]] = []
    _warm_up(work)
    before, start = Footprint.of(daemon, worker), time.perf_counter()
    while done < turns:
        done += work.turn(turns - done)
        if done * LOOKS >= turns * len(looks):
            looks.append((work.fragmentation, work.unusable))
    milliseconds = 1000 * (time.perf_counter() - start) / turns
    return Outcome(work, looks, Footprint.of(daemon, worker).since(before), milliseconds)


def _warm_up(work: Churn) -> None:
    for _ in range(50):
        work._add([work._wanted()])
    while work.live:
        work._remove(1)
    work.shipped = 0


def _bytes(modules: list[list[Place]]) -> int:
    return sum(size for places in modules for _, _, size in places)


def _rows(outcome: Outcome, turns: int) -> Iterator[Measurement]:
    work, took, what = outcome.churn, outcome.took, f"{turns} adds and removes"
    settled = outcome.looks[len(outcome.looks) // 2 :]
    lost, unusable = (100 * statistics.median(look[which] for look in settled) for which in (0, 1))
    yield Measurement(
        "churn",
        f"{what}: fragmentation, median of the second half",
        "%",
        lost,
        target=Target("value", "at most", 10),
        note=f"free in blocks, of what is carved; holes between live ranges that the largest module does not fit in "
        f"are {unusable:.1f} %; {len(work.live)} live in the end, {work.bytes / 1e6:.0f} MB",
    )
    yield Measurement(
        "churn",
        f"{what}: committed in the end, of what is live",
        "x",
        took.committed / work.bytes,
        target=Target("value", "at most", 1.02),
        note=f"the pages that something live lies on are {work.pages / work.bytes:.4f} of it",
    )
    yield Measurement(
        "churn",
        f"{what}: more descriptors and mappings, daemon and worker",
        "",
        took.descriptors + took.mappings,
        target=Target("value", "at most", 0),
        note=f"mappings of heaps and threads {took.heap:+}",
    )
    note = f"{work.shipped / 1e6:.0f} MB shipped, over gRPC, by the session's memory manager"
    yield Measurement("churn", f"{what}: each", "ms", outcome.milliseconds, note=note)
