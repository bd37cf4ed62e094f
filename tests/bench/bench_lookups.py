"""Eight threads that look up at once, each its own modules: Initialize rpcs for each lookup, and the longest wait.

The peer of the wait is a lookup of such a module while nobody else looks up: its own link plus one rpc.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from exclave.controller import connect
from exclave.controller.session import Session

from . import corpora
from .measure import Effort, Measurement, Peer, Target
from .workshop import Unavailable

THREADS = 8
EACH = 250
ALONE = 100


@dataclass(frozen=True)
class Load:
    """Milliseconds that each lookup took, alone and under load; seconds that all took; rpcs under load."""

    alone: list[float]
    waits: list[float]
    seconds: float
    rpcs: int


def measure(effort: Effort) -> Iterator[Measurement]:
    """Rpcs for each lookup under load; the longest."""
    each, alone = effort.times(EACH), effort.times(ALONE)
    try:
        objects = corpora.numbered_objects(alone + THREADS * each)
    except Unavailable as why:
        yield Measurement("lookups", "threads that look up at once", skipped=str(why))
        return
    with connect() as executor, executor.session() as session:
        for data in objects:
            session.add_object(data)
        load = look_up(session, alone, each)
    yield from _rows(load)


def look_up(session: Session, alone: int, each: int) -> Load:
    """The first `alone` names by one thread, then `each` by every thread."""
    names = [f"f_{number:05}" for number in range(alone + THREADS * each)]
    quiet = [_wait(session, name) for name in names[:alone]]
    rpcs, begin = session.account.finalize_rpcs, threading.Barrier(THREADS)
    with ThreadPoolExecutor(THREADS) as pool:
        start = time.perf_counter()
        jobs = [pool.submit(_waits, session, names[alone + thread :: THREADS], begin) for thread in range(THREADS)]
        waits = [wait for job in jobs for wait in job.result()]
        seconds = time.perf_counter() - start
    return Load(quiet, waits, seconds, session.account.finalize_rpcs - rpcs)


def _waits(session: Session, names: list[str], begin: threading.Barrier) -> list[float]:
    begin.wait()
    return [_wait(session, name) for name in names]


def _wait(session: Session, name: str) -> float:
    start = time.perf_counter()
    session.lookup(name)
    return (time.perf_counter() - start) * 1000


def _rows(load: Load) -> Iterator[Measurement]:
    count, what = len(load.waits), f"{THREADS} threads at once"
    alone = Peer("a lookup alone, median", statistics.median(load.alone))
    yield Measurement(
        "lookups",
        f"{what}: Initialize rpcs for each lookup",
        "rpc",
        load.rpcs / count,
        target=Target("value", "at most", 0.25),
        note=f"{count} lookups, {count / load.seconds:.0f} a second; alone {1000 / alone.value:.0f} a second",
    )
    yield Measurement("lookups", f"{what}: median wait", "ms", statistics.median(load.waits), alone)
    late = sorted(load.waits)[-1 - count // 100]
    note = f"one in a hundred waits for {late:.1f} ms"
    yield Measurement("lookups", f"{what}: longest wait", "ms", max(load.waits), alone, note=note)
