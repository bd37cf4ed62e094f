"""Calls of an executor elsewhere: a call and back through the daemon, and what array arguments add to it."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

import numpy as np
from exclave.controller.session import Session

from . import grpc_peer
from .far_executor import far_executor
from .measure import Effort, Measurement, Peer, Target, median_ms

NUMBERS = 128
"""In each array: 1 KB."""
IR = """
define i64 @increment(i64 %x) { %y = add i64 %x, 1  ret i64 %y }
define void @one(ptr %a) { ret void }
define void @three(ptr %a, ptr %b, ptr %c) { ret void }
"""


def measure(effort: Effort) -> Iterator[Measurement]:
    """Over TCP, on this host."""
    with far_executor() as executor, executor.session() as session:
        session.add_ir(IR)
        increment = session.function("increment")
        call = 1000 * median_ms(lambda: increment(1), effort.times(500), warmup=20)
        peer = Peer("plain gRPC stream", 1000 * grpc_peer.ping_pong_ms(effort.times(500)))
        yield Measurement("far", "one int call and back", "µs", call, peer)
        yield from _with_arrays(session, effort)


def _with_arrays(session: Session, effort: Effort) -> Iterator[Measurement]:
    """One write before the call and one read after it, however many there are. Alternately: machines change their pace."""
    functions = session.function("one"), session.function("three")
    arguments = [np.zeros(NUMBERS) for _ in range(3)]
    works = [lambda f=f, n=n: f(*arguments[:n]) for f, n in zip(functions, (1, 3), strict=True)]
    rounds = [[1000 * median_ms(work, effort.times(60)) for work in works] for _ in range(effort.times(5))]
    one, three = (statistics.median(times) for times in zip(*rounds, strict=True))
    yield Measurement("far", "call with an array of 1 KB", "µs", one)
    target = Target("ratio", "at least", 0.6)
    yield Measurement("far", "call with three arrays of 1 KB", "µs", three, Peer("with one", one), target)
