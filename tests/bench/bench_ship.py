"""Shipping 256 MiB: how fast contents get from the linker's image into the worker's memory, over gRPC on one host.

The target is for what one large object's data takes. Code and read-only data go through the daemon's views instead.
"""

from __future__ import annotations

import gc
import os
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass

from exclave.controller import Executor, connect
from support_elf import ObjectBuilder

from .measure import Effort, Measurement, Target

MIB = 1 << 20
FULL, SMOKE = 256 * MIB, 4 * MIB
RESERVATION = (2 << 30) - (1 << 20)
"""An eighth of it is for code, and another for read-only data."""
TIMES = 5


@dataclass(frozen=True)
class Shipped:
    """Seconds: of the Initialize rpc, of the linker, and of all from bytes to a symbol's address."""

    bytes: int
    finalize: float
    link: float
    total: float


def measure(effort: Effort) -> Iterator[Measurement]:
    """Data alone, then a quarter of it each as code and as read-only data."""
    size, times = SMOKE if effort.smoke else FULL, effort.times(TIMES)
    shapes = (
        ("data", (size, 0, 0), Target("value", "at least", 400)),
        ("half data, quarters code and read-only", (size // 2, size // 4, size // 4), None),
    )
    with connect() as executor:
        for what, sizes, target in shapes:
            data = large_object(*sizes)
            runs = [ship(executor, data) for _ in range(times + 1)][1:]
            rate = statistics.median(run.bytes / 1e6 / run.finalize for run in runs)
            yield Measurement(
                "ship", f"{size // MIB} MiB of segments, {what}", "MB/s", rate, target=target, note=_phases(runs)
            )


def large_object(data: int, code: int, readonly: int) -> bytes:
    """Sections of so many bytes, none of them zero-filled, and a symbol in each."""
    builder, pattern = ObjectBuilder(), os.urandom(MIB)
    sections = {
        "data": builder.data(pattern * (data // MIB)),
        "code": builder.text(pattern * (code // MIB)),
        "readonly": builder.section(".rodata", pattern * (readonly // MIB), align=16),
    }
    for name, section in sections.items():
        builder.symbol(name, section, type="object")
    return builder.build()


def ship(executor: Executor, data: bytes) -> Shipped:
    """One object, in a session of its own; what the one before had is given back first, which takes a collection."""
    gc.collect()
    with executor.session(reservation=RESERVATION) as session:
        start = time.perf_counter()
        session.add_object(data)
        session.lookup(["data", "code", "readonly"])
        account, end = session.account, time.perf_counter()
        return Shipped(account.bytes, account.seconds["finalize"], account.seconds["link"], end - start)


def _phases(runs: list[Shipped]) -> str:
    finalize, link, total = (
        1000 * statistics.median(getattr(run, phase) for run in runs) for phase in ("finalize", "link", "total")
    )
    return f"Initialize {finalize:.0f} ms, link {link:.0f} ms, from the object's bytes to an address {total:.0f} ms"
