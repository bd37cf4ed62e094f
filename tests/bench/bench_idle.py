"""Sessions that do nothing: the first call after a second of that, beside ORC's; and the processor time that it takes."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from exclave.controller import connect

from . import peers
from .measure import Effort, Measurement, Peer, Target
from .workshop import Unavailable

FIRST_CALL = "one int call and back, after an idle second"
SHARE = "processor time of an idle session, all processes"
IR = "define i64 @increment(i64 %x) { %y = add i64 %x, 1  ret i64 %y }"


def measure(effort: Effort) -> Iterator[Measurement]:
    """Both sides of a lane sleep after less than a millisecond."""
    yield _first_call(effort)
    share, by_process = idle_share("ours", effort)
    peer, _ = idle_share("grpc", effort)
    listed = ", ".join(f"{name} {percent:.3f} %" for name, percent in by_process.items())
    target = Target("value", "at most", 0.1)
    yield Measurement(
        "idle", SHARE, "%", share, Peer("gRPC client and server", peer), target, note=f"{listed}, of one core"
    )


def _first_call(effort: Effort) -> Measurement:
    times, pause = effort.times(20), effort.seconds(1.0)
    try:
        orc = Peer(peers.NAME, 1000 * peers.call_ms(times, 2, pause))
    except Unavailable as why:
        return Measurement("idle", f"{FIRST_CALL} ({peers.NAME})", skipped=str(why))
    return Measurement("idle", FIRST_CALL, "µs", first_call_us(times, pause), orc, Target("ratio", "at least", 1))


def first_call_us(times: int, pause: float) -> float:
    """Ours: `f(1)`, after `pause` seconds."""
    with connect() as executor, executor.session() as session:
        session.add_ir(IR)
        increment = session.function("increment")
        samples = []
        for _ in range(times + 2):
            time.sleep(pause)
            start = time.perf_counter()
            increment(1)
            samples.append((time.perf_counter() - start) * 1e6)
    return statistics.median(samples[2:])


def idle_share(what: str, effort: Effort) -> tuple[float, dict[str, float]]:
    """Percent of one core that idle processes take together, and each of them."""
    command = [sys.executable, "-m", "bench.idle_pair", what]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as pair:
        assert pair.stdin is not None
        assert pair.stdout is not None
        pids: dict[str, int] = json.loads(pair.stdout.readline())
        time.sleep(effort.seconds(3.0))  # what the work leaves behind is done, the spare worker gone or not
        begun, before = time.monotonic_ns(), {name: thread_times(pid) for name, pid in pids.items()}
        time.sleep(effort.seconds(10.0))
        after, took = {name: thread_times(pid) for name, pid in pids.items()}, time.monotonic_ns() - begun
        pair.stdin.close()
    shares = {name: 100 * _spent(before[name], after[name]) / took for name in pids}
    return sum(shares.values()), shares


def _spent(before: dict[str, int], after: dict[str, int]) -> int:
    return sum(time - before.get(thread, 0) for thread, time in after.items())


def thread_times(pid: int) -> dict[str, int]:
    """Nanoseconds that each thread of a process has run. (proc(5); the ticks of `stat` are too coarse here)"""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return {task.name: int((task / "schedstat").read_text().split()[0]) for task in tasks}
