"""Which lanes are free, who gets the next one, and whether they are the daemon's to give at all.

Owns: the free lanes, the queue of callers, the dispatch lane's turn, the attachment. Must not know: what a
lane is used for.
Invariant: a caller gets the lowest free lane; when none is free, callers are served in the order they came;
once the lanes are attached, nobody here has one and nobody gets one.
"""

from __future__ import annotations

import heapq
import threading
import time
from collections import deque
from collections.abc import Sequence

from exclave.executor.errors import DeadlineExceededError, FailedPreconditionError, ResourceExhaustedError
from exclave.executor.lane import Lane

MAX_WAITING = 64


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
    """The call lanes and the dispatch lane of a session."""

    def __init__(self, lanes: Sequence[Lane], dispatch: Lane) -> None:
        self._lanes = lanes
        self._dispatch = dispatch
        self._dispatch_taken = False
        self._free = list(range(len(lanes)))
        self._queue: deque[Caller] = deque()
        self._attached = False
        self._lock = threading.Lock()

    @property
    def attached(self) -> bool:
        """Whether a controller has the lanes."""
        return self._attached

    def attach(self) -> bool:
        """Gives all lanes away for good, unless somebody has or wants one here."""
        with self._lock:
            if self._attached or self._dispatch_taken or self._queue or len(self._free) < len(self._lanes):
                return False
            self._attached = True
            return True

    def take(self, caller: Caller, deadline: float | None) -> Lane:
        """Waits for a call lane; `give_back` must follow.

        Raises: DeadlineExceededError (none was free in time, or the caller has gone), ResourceExhaustedError
        (too many wait), FailedPreconditionError (a controller has the lanes).
        """
        with self._lock:
            self._check_ours()
            if self._free:
                caller.lane = heapq.heappop(self._free)
                return self._lanes[caller.lane]
            if len(self._queue) >= MAX_WAITING:
                text = f"{MAX_WAITING} callers wait for a lane already; ask for more lanes or wait"
                raise ResourceExhaustedError("TOO_MANY_CALLS", text, most=MAX_WAITING)
            self._queue.append(caller)
        caller.turn.wait(None if deadline is None else max(deadline - time.monotonic(), 0))
        with self._lock:
            if caller.lane is None:
                self._queue.remove(caller)
                text = "no lane became free in time; the call was not made"
                raise DeadlineExceededError("NO_FREE_LANE", text)
            return self._lanes[caller.lane]

    def give_back(self, caller: Caller) -> None:
        """The next caller's turn."""
        with self._lock:
            index, caller.lane = caller.lane, None
            assert index is not None
            if not self._queue:
                heapq.heappush(self._free, index)
                return
            following = self._queue.popleft()
            following.lane = index
            following.turn.set()

    def take_dispatch(self) -> Lane:
        """Takes the dispatch lane; `give_back_dispatch` must follow.

        Raises: FailedPreconditionError (somebody has it, or a controller has all lanes).
        """
        with self._lock:
            self._check_ours()
            if self._dispatch_taken:
                raise FailedPreconditionError("DISPATCH_IN_USE", "another stream has the session's dispatch lane")
            self._dispatch_taken = True
        return self._dispatch

    def give_back_dispatch(self) -> None:
        """Somebody else may have the dispatch lane."""
        with self._lock:
            self._dispatch_taken = False

    def _check_ours(self) -> None:
        if self._attached:
            text = "a controller on this host has the session's lanes: it makes the calls"
            raise FailedPreconditionError("LANES_ATTACHED", text)
