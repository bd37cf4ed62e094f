"""What a bench hands back, and how times are taken.

Owns: medians, targets, whether they are met. Must not know: what is measured, or how it is shown.
Invariant: a measurement has either a value or the reason why there is none.
"""

from __future__ import annotations

import gc
import operator
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Target:
    """What is promised: `at least 6 times faster` (of the ratio), `at most 15 ms` (of the value)."""

    of: Literal["value", "ratio"]
    rule: Literal["at most", "at least", "exactly"]
    bound: float

    def met(self, number: float) -> bool:
        """Whether `number` keeps the promise."""
        rules = {"at most": operator.le, "at least": operator.ge, "exactly": operator.eq}
        return bool(rules[self.rule](number, self.bound))


@dataclass(frozen=True)
class Peer:
    """The same work by somebody else, in the same run and unit."""

    name: str
    value: float


@dataclass(frozen=True)
class Measurement:
    """One row: ours, the peer's, what was promised."""

    bench: str
    name: str
    unit: str = ""
    value: float | None = None
    peer: Peer | None = None
    target: Target | None = None
    skipped: str = ""
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times faster than the peer we are (both are times)."""
        return self.peer.value / self.value if self.peer and self.value else None

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without a target or a number to hold against it."""
        number = self.ratio if self.target and self.target.of == "ratio" else self.value
        return self.target.met(number) if self.target and number is not None else None

    def as_json(self) -> dict[str, Any]:
        """For programs: every field, and what follows from them."""
        fields = {key: value for key, value in vars(self).items() if value not in (None, "")}
        for key in ("peer", "target"):
            if key in fields:
                fields[key] = vars(fields[key])
        return fields | {"ratio": self.ratio, "met": self.met}


@dataclass(frozen=True)
class Effort:
    """How much to measure."""

    smoke: bool = False

    def times(self, full: int) -> int:
        """How often to repeat: `full`, or just enough to see that the bench works."""
        return min(full, 3) if self.smoke else full

    def seconds(self, full: float) -> float:
        """How long to wait: `full`, or a moment."""
        return min(full, 0.1) if self.smoke else full


def median_ms(work: Callable[[], object], times: int, warmup: int = 2) -> float:
    """Median wall time of `work()`, in milliseconds; garbage is collected before, not within."""
    for _ in range(warmup):
        work()
    samples = []
    gc.collect()
    gc.disable()
    try:
        for _ in range(times):
            start = time.perf_counter()
            work()
            samples.append((time.perf_counter() - start) * 1000)
    finally:
        gc.enable()
    return statistics.median(samples)
