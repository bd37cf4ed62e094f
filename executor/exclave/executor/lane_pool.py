"""Which lanes are free, and who gets the next one.

Owns: the free lanes, the queue of callers. Must not know: what a lane is used for.
Invariant: a caller gets the lowest free lane; when none is free, callers are served in the order they came.
"""

from __future__ import annotations

import heapq
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from exclave.executor.errors import DeadlineExceededError, ResourceExhaustedError
from exclave.executor.lane import Lane

MAX_WAITING = 256


class Caller:
    """Somebody who wants a lane, has one, or has gone."""

    def __init__(self) -> None:
        self.turn = threading.Event()
        self.lane: int | None = None
        self.gone = False

    def leave(self) -> None:
        """Stops waiting."""
        self.gone = True
        self.turn.set()


class LanePool:
    """The call lanes of a session."""

    def __init__(self, lanes: Sequence[Lane]) -> None:
        self._lanes = lanes
        self._free = list(range(len(lanes)))
        self._queue: deque[Caller] = deque()
        self._lock = threading.Lock()

    @contextmanager
    def lease(self, caller: Caller, deadline: float | None) -> Iterator[Lane]:
        """Waits for a lane and holds it for as long as the context lasts.

        Raises: DeadlineExceededError (none was free in time), ResourceExhaustedError (too many wait).
        """
        index = self._acquire(caller, deadline)
        try:
            yield self._lanes[index]
        finally:
            self._give_back(index)

    def _acquire(self, caller: Caller, deadline: float | None) -> int:
        with self._lock:
            if self._free:
                return heapq.heappop(self._free)
            if len(self._queue) >= MAX_WAITING:
                text = f"{MAX_WAITING} calls wait for a lane already; ask for more lanes or wait"
                raise ResourceExhaustedError("TOO_MANY_CALLS", text, most=MAX_WAITING)
            self._queue.append(caller)
        caller.turn.wait(None if deadline is None else max(deadline - time.monotonic(), 0))
        with self._lock:
            if caller.lane is None:
                self._queue.remove(caller)
                text = "no lane became free in time; the call was not made"
                raise DeadlineExceededError("NO_FREE_LANE", text)
            return caller.lane

    def _give_back(self, index: int) -> None:
        with self._lock:
            if not self._queue:
                heapq.heappush(self._free, index)
                return
            caller = self._queue.popleft()
            caller.lane = index
            caller.turn.set()
