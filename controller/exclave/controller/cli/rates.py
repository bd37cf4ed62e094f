"""What sessions did between two looks: counters as rates.

Owns: the arithmetic. Must not know: how it is shown. Invariant: a session that was not there before is measured since
it was opened, and so are all at the first look; no rate is negative.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..statistics import WorkerStats


@dataclass(frozen=True)
class SessionRates:
    """One session, and what it did a second; None where the executor does not know.

    cpu: seconds of CPU time a second, so 1.0 is one processor.
    """

    stats: WorkerStats
    calls: float
    cpu: float | None
    page_faults: float | None


def rates_between(before: Mapping[str, WorkerStats], now: Sequence[WorkerStats]) -> list[SessionRates]:
    """Of all that are there now; `before` by the sessions' names."""
    return [_rates(before.get(stats.name), stats) for stats in now]


def _rates(before: WorkerStats | None, now: WorkerStats) -> SessionRates:
    if before is None or before.uptime >= now.uptime:
        return SessionRates(now, *_per_second(now.uptime, now.messages, now.cpu_seconds, now.page_faults))
    cpu = _difference(before.cpu_seconds, now.cpu_seconds)
    faults = _difference(before.page_faults, now.page_faults)
    return SessionRates(now, *_per_second(now.uptime - before.uptime, now.messages - before.messages, cpu, faults))


def _difference(before: float | None, now: float | None) -> float | None:
    return None if before is None or now is None else now - before


def _per_second(
    seconds: float, calls: float, cpu: float | None, faults: float | None
) -> tuple[float, float | None, float | None]:
    span = max(seconds, 1e-9)
    return (
        max(0.0, calls / span),
        None if cpu is None else max(0.0, cpu / span),
        None if faults is None else max(0.0, faults / span),
    )
