"""What a session has done so far, counted and timed, for people.

Owns: the counters. Must not know: what they count. Invariant: they only grow.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .link import LinkAccount

PHASES = ("compile", "link", "finalize", "call")


@dataclass
class Account:
    """Counters in pieces and bytes; `seconds` by phase: compile, link, finalize, call."""

    modules: int = 0
    objects: int = 0
    symbols: int = 0
    edges: int = 0
    bytes: int = 0
    finalize_rpcs: int = 0
    calls: int = 0
    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(PHASES, 0.0))

    def count(self, link: LinkAccount) -> None:
        """Add what a link did."""
        self.objects += link.objects
        self.symbols += link.symbols
        self.edges += link.edges
        self.bytes += link.bytes

    @contextlib.contextmanager
    def timed(self, phase: str) -> Iterator[None]:
        """Add the body's time to `phase`."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[phase] += time.perf_counter() - start
