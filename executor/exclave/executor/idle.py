"""Closing sessions that nobody uses.

Owns: the thread that looks. Must not know: what a use is (a session knows that), why sessions are open.
Invariant: a session is closed for idleness only after it was not used for the whole time; without a time, never.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, Protocol

_LOOKS = 4  # in the time


class Used(Protocol):
    """What can be idle: a session."""

    def idle_seconds(self, now: float) -> float:
        """Since it was last used; `now` is of time.monotonic()."""


class IdleWatch:
    """Looks from time to time, until it is stopped."""

    def __init__(
        self, seconds: float, sessions: Callable[[], Iterable[Used]], close: Callable[[Any, float], None]
    ) -> None:
        self._seconds = seconds
        self._sessions = sessions
        self._close = close
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="idle-watch", daemon=True)
        if seconds > 0:
            self._thread.start()

    def stop(self) -> None:
        """Looks no more."""
        self._stopped.set()
        if self._seconds > 0:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(self._seconds / _LOOKS):
            now = time.monotonic()
            for session in list(self._sessions()):
                if session.idle_seconds(now) >= self._seconds:
                    self._close(session, self._seconds)
