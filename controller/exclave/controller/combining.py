"""Combining: what several threads want at once, one of them does for all.

Owns: the queue, whose turn it is. Must not know: what is wanted. Invariant: one thread at a time serves, all that is
queued when its turn comes; who was not served then has the next turn. Nobody is woken but to go on, or to serve.

After flat combining (Hendler, Incze, Shavit and Tzafrir, 2010), and group commit in databases.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from .interrupts import interrupts_deferred


class Request(Protocol):
    """What a thread wants. `told` is set when it is over, or when it is its thread's turn to serve."""

    told: threading.Event

    @property
    def over(self) -> bool:
        """Whether it was served, well or badly."""
        ...


R = TypeVar("R", bound=Request)


class Combiner(Generic[R]):
    """Thread-safe."""

    def __init__(self, serve: Callable[[list[R], R], None]) -> None:
        """`serve(requests, mine)`, in the thread that waits for `mine`, makes all of them be over, or submits again."""
        self._serve = serve
        self._lock = threading.Lock()
        self._queue: list[R] = []
        self._serving = False

    def submit(self, request: R) -> None:
        """Queue it; returns at once. `wait` must follow."""
        with self._lock:
            self._queue.append(request)

    def wait(self, request: R) -> None:
        """Return when it is over; serves what is queued if nobody does.

        Ctrl-C comes only where `serve` allows it, or afterwards. Raises what `serve` does.
        """
        with interrupts_deferred():
            try:
                self._until_over(request)
            except BaseException:  # what became of it must be known all the same, and soon is
                self._until_over(request)
                raise

    def _until_over(self, request: R) -> None:
        while not request.over:
            requests = self._take_turn(request)
            if requests:
                self._lead(requests, request)
            else:
                request.told.wait()

    def _take_turn(self, request: R) -> list[R]:
        """All that is queued, if it is our turn; nothing if somebody else serves, who will tell us."""
        with self._lock:
            if request.over:  # told already, or about to be: to clear that would be to wait for ever
                return []
            if self._serving:
                request.told.clear()
                return []
            self._serving = True
            requests, self._queue = self._queue, []
            return requests

    def _lead(self, requests: list[R], mine: R) -> None:
        try:
            self._serve(requests, mine)
        finally:
            with self._lock:
                self._serving = False
                for told in (*requests, *self._queue[:1]):  # to wake all would only have them collide
                    told.told.set()
