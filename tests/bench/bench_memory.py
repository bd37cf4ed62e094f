"""Ten thousand small modules: the memory, the mappings and the time that each takes, one at a time and in one lookup.

What a module ships is its segments: code with its frame description, 3 bytes of read-only data, 16 of data. Peers are
ORC's two remote memory managers, which give every module pages of its own.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass

from exclave.controller import Executor, connect
from exclave.controller.session import Session

from . import corpora, peers
from .footprint import SPARE_SECONDS, Footprint, wait_for_one_session
from .measure import Effort, Measurement, Peer, Target
from .workshop import Unavailable

COUNT = 10_000
WARMUP = 20
"""Modules that bring what all share: gRPC's threads, the heaps' first pages."""


@dataclass(frozen=True)
class OneByOne:
    """What `samples` modules took together, in bytes; `samples`: milliseconds each."""

    samples: list[float]
    payload: int
    took: Footprint

    @property
    def trend(self) -> str:
        """Whether it gets slower."""
        tenth = len(self.samples) // 10 or 1
        first, last = statistics.median(self.samples[:tenth]), statistics.median(self.samples[-tenth:])
        return f"the first tenth {first:.2f} ms, the last {last:.2f} ms"


def measure(effort: Effort) -> Iterator[Measurement]:
    """Rows for both ways of looking up."""
    count = effort.times(COUNT)
    try:
        objects = corpora.numbered_objects(count + WARMUP)
        with connect() as executor:
            ours = one_by_one(executor, objects, effort.seconds(SPARE_SECONDS))
            together = [in_one_lookup(executor, objects[WARMUP:]) for _ in range(effort.times(3))]
    except Unavailable as why:
        yield Measurement("memory", "many modules", skipped=str(why))
        return
    yield from _memory_rows(ours, count)
    yield from _peer_rows(ours, count)
    target = Target("value", "at most", 0.12)
    each = {phase: statistics.median(run[phase] for run in together) for phase in together[0]}
    note = ", ".join(f"{phase} {ms:.4f}" for phase, ms in each.items() if phase != "all")
    yield Measurement("memory", f"{count} modules in one lookup, each", "ms", each["all"], target=target, note=note)


def one_by_one(executor: Executor, objects: list[bytes], patience: float) -> OneByOne:
    """Add and look up each object."""
    with executor.session() as session:
        for number in range(WARMUP):
            _add_and_look_up(session, objects, number)
        daemon, worker = executor.capabilities.daemon_pid, session.opened.worker_pid
        wait_for_one_session(daemon, patience)
        before, bytes_before = Footprint.of(daemon, worker), session.account.bytes
        samples = [_add_and_look_up(session, objects, number) for number in range(WARMUP, len(objects))]
        took = Footprint.of(daemon, worker).since(before)
        return OneByOne(samples, session.account.bytes - bytes_before, took)


def _add_and_look_up(session: Session, objects: list[bytes], number: int) -> float:
    start = time.perf_counter()
    session.add_object(objects[number])
    session.lookup(f"f_{number:05}")
    return (time.perf_counter() - start) * 1000


def in_one_lookup(executor: Executor, objects: list[bytes]) -> dict[str, float]:
    """Milliseconds for each object, from its bytes to callable: by phase, and all."""
    names = [f"f_{WARMUP + number:05}" for number in range(len(objects))]
    gc.collect()
    with executor.session() as session:
        start = time.perf_counter()
        for data in objects:
            session.add_object(data)
        added = time.perf_counter()
        session.lookup(names)
        end, phases = time.perf_counter(), session.account.seconds
        seconds = {"add": added - start, "link": phases["link"], "finalize": phases["finalize"]}
    seconds["rest of the lookup"] = end - start - sum(seconds.values())
    return {phase: 1000 * took / len(objects) for phase, took in {**seconds, "all": end - start}.items()}


def _memory_rows(ours: OneByOne, count: int) -> Iterator[Measurement]:
    what, share = f"{count} modules, one at a time", ours.took.committed / ours.payload
    yield Measurement(
        "memory",
        f"{what}: committed, of their bytes",
        "x",
        share,
        target=Target("value", "at most", 1.25),
        note=f"{ours.took.committed} bytes in the zones' files for segments of {ours.payload}",
    )
    yield Measurement(
        "memory",
        f"{what}: more mappings, daemon and worker",
        "",
        ours.took.mappings,
        target=Target("value", "at most", 0),
        note=f"descriptors {ours.took.descriptors:+}; mappings of heaps and threads {ours.took.heap:+}",
    )


def _peer_rows(ours: OneByOne, count: int) -> Iterator[Measurement]:
    median, kib = statistics.median(ours.samples), ours.took.committed / 1024 / count
    for memory, bound in (("rpc", 1 / 1.5), ("shm", None)):
        target = Target("ratio", "at least", round(bound, 3)) if bound else None
        try:
            orc = peers.many(memory, corpora.tiny_object(), count)
        except Unavailable as why:
            yield Measurement("memory", f"one module ({memory})", "ms", median, target=target, note=str(why))
            continue
        name, note = f"{peers.NAME}, {memory}", f"ORC: {orc.mappings:.1f} mappings each"
        yield Measurement("memory", "one module, executor's memory", "KiB", kib, Peer(name, orc.kib), note=note)
        yield Measurement(
            "memory", "one module, added and live", "ms", median, Peer(name, orc.ms), target, "", ours.trend
        )
