"""What a session has and has done, in figures: plain values.

Owns: the words. Must not know: where figures come from, protobuf. Invariant: values are immutable; what is not known is
None. Memory is in bytes, times are in seconds. Nothing here is a resident set size: that counts who has touched a page,
and the same page twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from .model import Zone


@dataclass(frozen=True)
class WorkerZone:
    """One zone, as the executor has it.

    Attributes:
        reserved: address range.
        committed: memory that the system provides for it.
        live_segments: of initialized allocations.
        live_bytes: of those segments. Arrays and arguments are no segments.
    """

    reserved: int
    committed: int
    live_segments: int
    live_bytes: int


@dataclass(frozen=True)
class WorkerStats:
    """One session's worker, as the executor has it; of one that died nothing is carried over to the next.

    Attributes:
        name: as in the daemon's log.
        write_windows: how often the daemon made code or read-only data writable (for itself) to write it.
        write_window_seconds: for how long, all of them together.
        messages: calls through lanes, and answers to callbacks. The worker's own word.
        busy_lanes: call lanes on which a call is open.
        cpu_seconds, page_faults: of all of the worker's threads; None where the system does not say it.
        uptime: since the session was opened.
    """

    name: str
    worker_pid: int
    zones: Mapping[Zone, WorkerZone]
    write_windows: int
    write_window_seconds: float
    messages: int
    busy_lanes: int
    initializes: int
    deinitializes: int
    cpu_seconds: float | None
    page_faults: int | None
    uptime: float


@dataclass(frozen=True)
class ExecutorStats:
    """All sessions of ours at an executor, the oldest first; `opened` and `crashed` count those that are gone, too."""

    sessions: tuple[WorkerStats, ...]
    opened: int
    crashed: int


@dataclass(frozen=True)
class ZoneStats:
    """One zone, as both sides have it.

    Attributes:
        reserved, committed, live_segments, live_bytes: the executor's, as in `WorkerZone`.
        carved: of it blocks were made.
        payload: of the blocks, somebody has.
        padding: of the blocks, what alignment costs.
        free: of the blocks, nobody has. A block that nobody uses is carved no more.
        by_tracker: payload by the tracker's name. "the session runtime" and "adapters" are code of Exclave's own,
            "arrays" all that lies in the data zone for calls, "kept for arrays" what the next of them gets, "in flight"
            what a lookup has not finished.
    """

    reserved: int
    committed: int
    live_segments: int
    live_bytes: int
    carved: int
    payload: int
    padding: int
    free: int
    by_tracker: Mapping[str, int]


@dataclass(frozen=True)
class SessionStats:
    """A session; `zones` are those that code and data lie in.

    Attributes:
        worker: as the executor has it.
        generation: which worker it is; each one before has died.
        calls: made so far, with those to workers that died.
    """

    worker: WorkerStats
    zones: Mapping[Zone, ZoneStats]
    generation: int
    calls: int

    @property
    def write_windows(self) -> int:
        """How often the daemon made code or read-only data writable for itself."""
        return self.worker.write_windows

    @property
    def write_window_seconds(self) -> float:
        """For how long, all of them together."""
        return self.worker.write_window_seconds

    @property
    def by_tracker(self) -> Mapping[str, int]:
        """Payload in all zones by the tracker's name."""
        total: Counter[str] = Counter()
        for zone in self.zones.values():
            total.update(zone.by_tracker)
        return dict(total)
