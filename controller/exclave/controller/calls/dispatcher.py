"""The thread that serves callbacks from threads which native code started, and from initializers.

Owns: that thread. Must not know: lanes' memory, callbacks. Invariant: it ends with its session; an exception in a
callback, which has no call to be raised from, is reported and gives native code a zero.
"""

from __future__ import annotations

import sys
import threading
from typing import Protocol

from .conversation import Serve
from .lane import CallbackRequest, LaneBrokenError


class DispatchLane(Protocol):
    """The dispatch lane, from here or from afar."""

    def next_callback(self, result: bytes | None) -> CallbackRequest | None:
        """Answer the last one (None: it failed), wait for the next; None when the session is over."""
        ...


class Dispatcher:
    """Serves a dispatch lane, from the first time that somebody may need it."""

    def __init__(self, lane: DispatchLane, serve: Serve) -> None:
        self._lane = lane
        self._serve = serve
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def start(self) -> None:
        """Begin to serve; a second call does nothing."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="exclave-dispatcher", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        result: bytes | None = b""
        try:
            while (request := self._lane.next_callback(result)) is not None:
                result = self._result(request)
        except LaneBrokenError:
            pass  # the next call will notice, too, and end the worker

    def _result(self, request: CallbackRequest) -> bytes | None:
        try:
            return self._serve(request)
        except Exception as error:
            error.add_note("raised by a callback from a thread that native code started, or from an initializer")
            sys.excepthook(type(error), error, error.__traceback__)
            return None
