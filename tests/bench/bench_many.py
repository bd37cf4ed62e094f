"""Many small objects, added and looked up one by one: what one costs in time, beside ORC's three ways.

Issue 1 sets no target here; DESIGN section 4 says what it is about.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

from exclave.controller import connect

from . import corpora, peers
from .measure import Effort, Measurement, Peer
from .workshop import Unavailable

COUNT = 500
NAME = "a tiny object, added and live"


def measure(effort: Effort) -> Iterator[Measurement]:
    """Ours, held against ORC in process, over its RPC, and with its shared memory."""
    count = effort.times(COUNT)
    try:
        tiny = corpora.tiny_object()
        ours = many_ms(count)
    except Unavailable as why:
        yield Measurement("many", NAME, skipped=str(why))
        return
    for memory in ("local", "rpc", "shm"):
        try:
            peer = Peer(f"{peers.NAME}, {memory}", peers.many(memory, tiny, count).ms)
            yield Measurement("many", NAME, "ms", ours, peer)
        except Unavailable as why:
            yield Measurement("many", f"{NAME} ({memory})", "ms", ours, note=str(why))


def many_ms(count: int) -> float:
    """Median of adding one object to a session and looking its function up."""
    samples = []
    with connect() as executor, executor.session() as session:
        for number, data in enumerate(corpora.numbered_objects(count + 1)):
            start = time.perf_counter()
            session.add_object(data)
            session.lookup(f"f_{number:05}")
            samples.append((time.perf_counter() - start) * 1000)
    return statistics.median(samples[1:])
