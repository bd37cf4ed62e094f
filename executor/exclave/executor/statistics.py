"""What a session has and has done, in figures.

Owns: the counters, and putting all figures of one moment together. Must not know: gRPC, the registry of sessions.
Invariant: nothing is estimated: memory is what the memory files have, segments are the ledger's, times are the
system's; what is not known is None. Only the messages are the worker's word, since lanes are memory that it can write.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from exclave.executor.memory.session_memory import SessionMemory
from exclave.executor.memory.usage import ZoneUsage
from exclave.executor.process_usage import ProcessUsage, read_process_usage
from exclave.executor.runtime import Runtime
from exclave.executor.spawner import WorkerProcess

_WORD = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class SessionStats:
    """The figures of one session; times in seconds.

    Attributes:
        messages: to the worker on call lanes: calls, and answers to callbacks.
        busy_lanes: call lanes on which a call is open.
        process: of the worker; None if the system does not say it.
        uptime: since the session was opened.
    """

    name: str
    worker_pid: int
    zones: tuple[ZoneUsage, ...]
    write_windows: int
    write_window_seconds: float
    messages: int
    busy_lanes: int
    initializes: int
    deinitializes: int
    process: ProcessUsage | None
    uptime: float


@dataclass(frozen=True, slots=True)
class OwnerStats:
    """The figures of all sessions of one owner; `opened` and `crashed` count those that are no more, too."""

    sessions: tuple[SessionStats, ...]
    opened: int
    crashed: int


class MessageCount:
    """Makes one sum of the lanes' numbers, which are 32 bits wide and begin at 0."""

    def __init__(self) -> None:
        self._last: tuple[int, ...] = ()
        self._total = 0

    def update(self, numbers: tuple[int, ...]) -> int:
        """The sum, now that the lanes have these numbers."""
        last = self._last or (0,) * len(numbers)
        self._total += sum((new - old) & _WORD for new, old in zip(numbers, last, strict=True))
        self._last = numbers
        return self._total


class Statistics:
    """The figures of one session. Thread-safe."""

    def __init__(self, name: str, memory: SessionMemory, worker: WorkerProcess, runtime: Runtime) -> None:
        self._name = name
        self._memory = memory
        self._worker = worker
        self._runtime = runtime
        self._begin = time.monotonic()
        self._lock = threading.Lock()
        self._messages = MessageCount()
        self._initializes = self._deinitializes = 0

    def note_initialize(self) -> None:
        """One was carried out."""
        with self._lock:
            self._initializes += 1

    def note_deinitialize(self) -> None:
        """One was carried out."""
        with self._lock:
            self._deinitializes += 1

    def take(self) -> SessionStats:
        """All figures, as they are now.

        Raises: OutOfRangeError if the session's memory is closed.
        """
        usage = self._memory.usage()
        process = read_process_usage(self._worker.pid)
        with self._lock:
            words = self._runtime.lane_words()
            return SessionStats(
                self._name,
                self._worker.pid,
                usage.zones,
                usage.windows,
                usage.window_seconds,
                self._messages.update(tuple(request for request, _ in words)),
                sum(request != reply for request, reply in words),
                self._initializes,
                self._deinitializes,
                process if self._worker.exit is None else None,  # else its number may be another's by now
                time.monotonic() - self._begin,
            )
