"""From connect() to a first result, cold and warm; and that a large lookup is one Initialize.

Targets are issue 1's: cold at most 0.6 s, a further session at most 15 ms, one RPC for 300 functions with
10,000 edges; and the sandbox's: a session with the whole sandbox opens in 25 ms and takes 6 MiB when it is idle.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from exclave.controller import Executor, connect

from .measure import Effort, Measurement, Target
from .workshop import run

FUNCTIONS = 300
CALLS_EACH = 35
MODULES = 10


def measure(effort: Effort) -> Iterator[Measurement]:
    """Cold start in processes of their own; the rest on one embedded daemon."""
    yield from measure_cold(effort)
    with connect() as executor:
        yield from measure_warm(executor, effort)
        yield from measure_sandbox(executor, effort)
        yield from measure_batch(executor, effort)


def measure_cold(effort: Effort) -> Iterator[Measurement]:
    """`connect()` to first result in a fresh process, and how long its imports alone take.

    Of an installed Exclave: the first run, not counted, leaves bytecode behind where nobody did before.
    """
    _cold()
    runs = [_cold() for _ in range(effort.times(9))]
    imports = [_cold("--imports-only") for _ in range(effort.times(5))]
    total, process, alone = (
        statistics.median(times)
        for times in (
            [times["total"] for times in runs],
            [times["process"] for times in runs],
            [times["total"] for times in imports],
        )
    )
    yield Measurement(
        "session",
        "cold: connect() to first result",
        "ms",
        total,
        target=Target("value", "at most", 600),
        note=f"imports included; they alone take {alone:.0f} ms; from the process's start {process:.0f} ms",
    )


def _cold(*flags: str) -> dict[str, float]:
    answer: dict[str, float] = json.loads(
        run([sys.executable, "-m", "bench.cold_start", str(time.monotonic()), *flags], {"PYTHONDONTWRITEBYTECODE": ""})
    )
    return answer


def measure_warm(executor: Executor, effort: Effort) -> Iterator[Measurement]:
    """A further session on a running daemon, with code that was compiled before, and with new code."""
    target = Target("value", "at most", 15)
    same = [_session_ms(executor, 1) for _ in range(effort.times(30) + 1)][1:]
    new = [_session_ms(executor, 2 + number) for number in range(effort.times(30))]
    yield Measurement("session", "further session, to first result", "ms", statistics.median(same), target=target)
    yield Measurement("session", "further session, new code", "ms", statistics.median(new), note="compiles it too")


def measure_sandbox(executor: Executor, effort: Effort) -> Iterator[Measurement]:
    """Opening with all layers, where no spare worker waits (no two of these sessions ask for the same), and what an
    idle session's worker takes of memory."""
    with executor.session() as session:
        layers = [layer.name for layer in session.sandbox if layer.active]
        missing = [layer.name for layer in session.sandbox if not layer.active]
        memory = _pss_mib(session.opened.worker_pid)
    opened = [_open_ms(executor, number) for number in range(effort.times(20))]
    note = f"{len(layers)} layers{'; missing here: ' + ', '.join(missing) if missing else ''}"
    target = Target("value", "at most", 25)
    yield Measurement("session", "open, full sandbox", "ms", statistics.median(opened), target=target, note=note)
    if memory is None:
        yield Measurement("session", "memory of an idle session", skipped="only root may ask a worker's memory")
    else:
        target = Target("value", "at most", 6)
        yield Measurement("session", "memory of an idle session", "MiB", memory, target=target, note="PSS")


def _open_ms(executor: Executor, number: int) -> float:
    start = time.perf_counter()
    with executor.session(reservation=(256 << 20) + (number << 20)):
        return (time.perf_counter() - start) * 1000


def _pss_mib(pid: int) -> float | None:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return None
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:"))


def _session_ms(executor: Executor, factor: int) -> float:
    """Opening a session, adding a module, calling it; not closing."""
    start = time.perf_counter()
    with executor.session() as session:
        session.add_ir(f"define i64 @times(i64 %x) {{ %y = mul i64 %x, {factor}  ret i64 %y }}")
        result = session.function("times")(21)
        took = (time.perf_counter() - start) * 1000
    if result != 21 * factor:
        raise AssertionError(f"times(21) gave {result}, not {21 * factor}")
    return took


def measure_batch(executor: Executor, effort: Effort) -> Iterator[Measurement]:
    """One lookup of many functions that call each other: RPCs, link time, finalize time."""
    accounts = [_look_up_all(executor) for _ in range(effort.times(5))]
    rpcs, edges = (max(account[key] for account in accounts) for key in ("rpcs", "edges"))
    what = f"{FUNCTIONS} functions, {edges:.0f} edges"
    yield Measurement("finalize", f"{what}: Initialize RPCs", "rpc", rpcs, target=Target("value", "exactly", 1))
    if edges < 10_000:
        raise AssertionError(f"the bench's own modules have {edges} edges, not 10,000")
    for phase in ("link", "finalize"):
        yield Measurement("finalize", f"{what}: {phase}", "ms", statistics.median(a[phase] for a in accounts))


def _look_up_all(executor: Executor) -> dict[str, float]:
    with executor.session() as session:
        for module in range(MODULES):
            session.add_ir(module_text(module))
        session.lookup([f"f{number}" for number in range(FUNCTIONS)])
        account = session.account
        return {
            "rpcs": account.finalize_rpcs,
            "edges": account.edges,
            "link": account.seconds["link"] * 1000,
            "finalize": account.seconds["finalize"] * 1000,
        }


def module_text(module: int) -> str:
    """A module with its share of the functions; each calls CALLS_EACH others. optnone keeps every call."""
    numbers = range(module, FUNCTIONS, MODULES)
    own = set(numbers)
    others = [number for number in range(FUNCTIONS) if number not in own]
    declared = "\n".join(f"declare void @f{number}()" for number in others)
    return "\n".join(["attributes #0 = { noinline optnone }", declared, *map(_function_text, numbers)])


def _function_text(number: int) -> str:
    called = [(number + step) % FUNCTIONS for step in range(1, CALLS_EACH + 1)]
    calls = "\n".join(f"  call void @f{other}()" for other in called)
    return f"define void @f{number}() #0 {{\n{calls}\n  ret void\n}}"
