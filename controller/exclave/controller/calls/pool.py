"""Who has which of a session's call lanes.

Owns: the free lanes, the queue of callers. Must not know: what lanes are. Invariant: a lane has one user at a time;
when none is free, callers get one in the order in which they came. The lane that was used last is used next: its worker
thread is the likeliest to be awake.

Quick calls take from `free` and give back to it by themselves (`deque.pop` and `append` are atomic), and call `settle`
if somebody waits.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterable
from typing import Generic, TypeVar

from ..errors import LanesBusyError

L = TypeVar("L")


class _Waiter(Generic[L]):
    """Somebody who waits for a lane."""

    __slots__ = ("lane", "turn")

    def __init__(self) -> None:
        self.turn = threading.Event()
        self.lane: L | None = None


class LanePool(Generic[L]):
    """The call lanes of a session."""

    def __init__(self, lanes: Iterable[L]) -> None:
        self.free: deque[L] = deque(lanes)
        self.waiting: deque[_Waiter[L]] = deque()
        self._size = len(self.free)
        self._lock = threading.Lock()

    def acquire(self, deadline: float, doing: str) -> L:
        """A lane; `release` it.

        Raises:
            LanesBusyError: none became free until `deadline`, a time of time.monotonic().
        """
        waiter: _Waiter[L] = _Waiter()
        with self._lock:
            self.waiting.append(waiter)
        try:
            self.settle()
            if not waiter.turn.is_set():
                waiter.turn.wait(max(0.0, deadline - time.monotonic()))
        except BaseException:  # Ctrl-C: nobody would give back what it gets from now on
            if (late := self._leave(waiter)) is not None:
                self.release(late)
            raise
        lane = self._leave(waiter)
        if lane is None:
            raise LanesBusyError(
                f"{doing}: all {self._size} call lanes of the session were busy until the timeout; it was not made",
                reason="NO_FREE_LANE",
                status="DEADLINE_EXCEEDED",
                facts={},
            )
        return lane

    def _leave(self, waiter: _Waiter[L]) -> L | None:
        """It waits no longer; the lane that it has got by now."""
        with self._lock:
            if waiter.lane is None:
                self.waiting.remove(waiter)
            return waiter.lane

    def release(self, lane: L) -> None:
        """Give it back."""
        self.free.append(lane)
        if self.waiting:
            self.settle()

    def settle(self) -> None:
        """Give free lanes to those who wait, the first one first."""
        with self._lock:
            while self.waiting and self.free:
                waiter = self.waiting.popleft()
                try:
                    waiter.lane = self.free.pop()
                except IndexError:  # a quick call was quicker
                    self.waiting.appendleft(waiter)
                    return
                waiter.turn.set()
