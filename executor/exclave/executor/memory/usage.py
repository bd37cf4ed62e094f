"""How much there is of a session's memory, and how long any of it could be written.

Owns: these figures. Must not know: where they come from, the wire. Invariant: a window is counted whether or not what
was done in it succeeded.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from exclave.executor.zones import Zone


@dataclass(frozen=True, slots=True)
class ZoneUsage:
    """Of one zone, in bytes; `committed`: blocks of its memory file; live: of initialized allocations."""

    zone: Zone
    reserved: int
    committed: int
    live_segments: int
    live_bytes: int


@dataclass(frozen=True, slots=True)
class MemoryUsage:
    """Of all zones, in the order of their addresses, and of the windows that were open."""

    zones: tuple[ZoneUsage, ...]
    windows: int
    window_seconds: float


class WindowCount:
    """Counts and times windows. Their user holds a lock."""

    def __init__(self) -> None:
        self.opened = 0
        self.seconds = 0.0

    @contextmanager
    def counting(self) -> Iterator[None]:
        """One more, open for as long as the context lasts."""
        begin = time.perf_counter()
        try:
            yield
        finally:
            self.opened += 1
            self.seconds += time.perf_counter() - begin
