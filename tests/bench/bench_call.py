"""Calls: one int and back, a callback, a map; beside ctypes in this process, a plain gRPC unary, and ORC's remote call."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator

import numpy as np
from exclave.controller import connect
from exclave.controller.session import Session

from . import grpc_peer, peers
from .measure import Effort, Measurement, Peer, Target, median_ms
from .workshop import Unavailable

CALL, CALLBACK = "one int call and back", "native, Python, native: one callback"
EACH = 100
"""Calls in each sample: one takes about as long as reading the clock."""
ELEMENTS = 1_000_000
IR = """
define i64 @increment(i64 %x) { %y = add i64 %x, 1  ret i64 %y }
define i64 @call_back(ptr %f, i64 %x) { %y = call i64 %f(i64 %x)  ret i64 %y }
define double @double(double %x) { %y = fmul double %x, 2.0  ret double %y }
"""


def measure(effort: Effort) -> Iterator[Measurement]:
    """Ours, held against each peer."""
    with connect() as executor, executor.session() as session:
        session.add_ir(IR)
        call, callback = call_us(session, effort.times(300)), callback_us(session, effort.times(100))
        at_most_five_times = Target("ratio", "at least", 1 / 5)
        yield Measurement(
            "call", CALL, "µs", call, Peer("ctypes, in process", ctypes_us(effort.times(300))), at_most_five_times
        )
        yield Measurement(
            "call", CALL, "µs", call, Peer("plain gRPC unary", 1000 * grpc_peer.unary_ms(effort.times(500)))
        )
        yield from _beside_orc(call, callback, effort)
        yield Measurement(
            "call",
            "map, each of a million doubles",
            "ns",
            map_ns(session, effort.times(15)),
            target=Target("value", "at most", 20),
        )


def _beside_orc(call: float, callback: float, effort: Effort) -> Iterator[Measurement]:
    try:
        orc = Peer(peers.NAME, 1000 * peers.call_ms(effort.times(3000)))
    except Unavailable as why:
        yield Measurement("call", f"{CALL} ({peers.NAME})", skipped=str(why))
        return
    yield Measurement("call", CALL, "µs", call, orc, Target("ratio", "at least", 15))
    yield Measurement("call", CALLBACK, "µs", callback, orc, Target("ratio", "at least", 5))


def each_us(function: Callable[[int], object], times: int) -> float:
    """Median time of one call, in microseconds."""

    def many() -> None:
        for _ in range(EACH):
            function(1)

    return median_ms(many, times) * 1000 / EACH


def call_us(session: Session, times: int) -> float:
    """Ours: `f(1)`."""
    return each_us(session.function("increment"), times)


def callback_us(session: Session, times: int) -> float:
    """Ours: a call that calls Python back once."""
    address = session.callback(lambda x: x, "int64_t f(int64_t)").address
    call_back = session.function("call_back")
    return each_us(lambda x: call_back(address, x), times)


def map_ns(session: Session, times: int) -> float:
    """Ours: `f.map` over an array that is there already, for each element."""
    double = session.function("double")
    values, out = session.asarray(np.arange(float(ELEMENTS))), session.array(ELEMENTS)
    return median_ms(lambda: double.map(values, out=out), times) * 1e6 / ELEMENTS


def ctypes_us(times: int) -> float:
    """The same call in this process, without anything that Exclave adds."""
    function = ctypes.CDLL(None).labs
    function.restype, function.argtypes = ctypes.c_int64, [ctypes.c_int64]
    return each_us(function, times)
