"""What a crash costs: until its exception is in hand, until the session works again; and how many sessions there can be.

Targets are the sandbox's: 60 ms to the exception, 150 ms to the next call of a session with 300 functions, a deadline
within 100 ms of its time, 200 sessions at once with calls going on in all.
"""

from __future__ import annotations

import contextlib
import os
import signal
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from exclave.controller import CallTimeout, Executor, ExecutorCrash, connect
from exclave.controller.session import Session

from .measure import Effort, Measurement, Target

FUNCTIONS = 300
SESSIONS = 200
DEADLINE = 0.2
IR = """
declare i32 @sigfillset(ptr)
declare i32 @pthread_sigmask(i32, ptr, ptr)
define i64 @reads(i64 %at) { %p = inttoptr i64 %at to ptr  %x = load i64, ptr %p  ret i64 %x }
define void @spins() {
  %all = alloca [128 x i8]
  %f = call i32 @sigfillset(ptr %all)
  %r = call i32 @pthread_sigmask(i32 2, ptr %all, ptr null)
  br label %again
again:
  %x = load volatile i8, ptr %all
  br label %again
}
"""
ONE = "define i64 @increment(i64 %x) { %y = add i64 %x, 1  ret i64 %y }"


def measure(effort: Effort) -> Iterator[Measurement]:
    """On one embedded daemon."""
    with connect() as executor:
        yield from measure_crash(executor, effort)
        yield measure_deadline(executor, effort)
        yield measure_interrupt(executor, effort)
        yield measure_many(executor, effort)


def measure_crash(executor: Executor, effort: Effort) -> Iterator[Measurement]:
    """A bad pointer in a session with many functions."""
    with executor.session() as session:
        add_functions(session)
        crashes, rebuilds = zip(*[_crash_ms(session) for _ in range(effort.times(20) + 1)], strict=True)
    first, *others = crashes
    at_most = Target("value", "at most", 60)
    yield Measurement(
        "crash", "crash to exception", "ms", statistics.median(others), target=at_most, note=f"the first {first:.0f} ms"
    )
    name, at_most = f"crash to next call, {FUNCTIONS} functions", Target("value", "at most", 150)
    whole = [crash + rebuild for crash, rebuild in zip(crashes, rebuilds, strict=True)][1:]
    yield Measurement("crash", name, "ms", statistics.median(whole), target=at_most)


def add_functions(session: Session) -> None:
    """Many functions, all live, and those that end badly."""
    session.add_ir(IR)
    session.add_ir(
        "\n".join(f"define i64 @f{i}(i64 %x) {{ %y = add i64 %x, {i}  ret i64 %y }}" for i in range(FUNCTIONS))
    )
    session.lookup([f"f{i}" for i in range(FUNCTIONS)])


def _crash_ms(session: Session) -> tuple[float, float]:
    """To the exception, and from there to the next call's result."""
    reads, last = session.function("reads"), session.function(f"f{FUNCTIONS - 1}")
    last(1)
    start = time.perf_counter()
    with contextlib.suppress(ExecutorCrash):
        reads(8)
    crashed = time.perf_counter()
    if last(1) != FUNCTIONS:
        raise AssertionError("the session came back wrong")
    return (crashed - start) * 1000, (time.perf_counter() - crashed) * 1000


def measure_deadline(executor: Executor, effort: Effort) -> Measurement:
    """An endless loop that blocks all signals."""
    late = []
    with executor.session() as session:
        session.add_ir(IR)
        spins = session.function("spins")
        for _ in range(effort.times(10)):
            session.lookup("reads")  # the session is back, so that only the call is timed
            start = time.perf_counter()
            with contextlib.suppress(CallTimeout):
                spins(timeout=DEADLINE)
            late.append((time.perf_counter() - start - DEADLINE) * 1000)
    target = Target("value", "at most", 100)
    return Measurement(
        "crash", "a deadline ends an endless loop, late by", "ms", max(late), target=target, note="the worst"
    )


def measure_interrupt(executor: Executor, effort: Effort) -> Measurement:
    """Ctrl-C while the same loop runs: from the signal to the exception."""
    late = []
    with executor.session() as session:
        session.add_ir(IR)
        spins = session.function("spins")
        for _ in range(effort.times(10)):
            session.lookup("reads")
            sent: list[float] = []

            def interrupt(sent: list[float] = sent) -> None:
                sent.append(time.perf_counter())
                os.kill(os.getpid(), signal.SIGINT)

            timer = threading.Timer(DEADLINE, interrupt)
            timer.start()
            with contextlib.suppress(KeyboardInterrupt):
                spins()
            late.append((time.perf_counter() - sent[0]) * 1000)
            timer.join()
    target = Target("value", "at most", 100)
    return Measurement("crash", "Ctrl-C ends an endless loop, after", "ms", max(late), target=target, note="the worst")


def measure_many(executor: Executor, effort: Effort) -> Measurement:
    """Sessions at once, and a call in each of them, again and again."""
    count, rounds = (8, 2) if effort.smoke else (SESSIONS, 5)
    with contextlib.ExitStack() as stack, ThreadPoolExecutor(8) as threads:
        opened = list(threads.map(lambda _: stack.enter_context(executor.session(reservation=64 << 20)), range(count)))
        functions = list(threads.map(_increment_of, opened))
        start = time.perf_counter()
        for number in range(rounds):
            results = list(threads.map(lambda increment, number=number: increment(number), functions))
            if results != [number + 1] * count:
                raise AssertionError("a session gave a wrong result")
        took = (time.perf_counter() - start) * 1e6 / (count * rounds)
    return Measurement("crash", f"{count} sessions at once, a call in each", "µs", took, note="each, by 8 threads")


def _increment_of(session: Session) -> Callable[[int], object]:
    session.add_ir(ONE)
    increment = session.function("increment")
    increment(1)
    return increment
