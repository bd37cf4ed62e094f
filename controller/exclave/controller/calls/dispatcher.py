"""The thread that serves callbacks from threads which native code started, and from initializers.

Owns: that thread. Must not know: lanes' memory, callbacks. Invariant: it ends with its session, or ends it: native code
that waits for a callback never waits for a thread that is no more. An exception in a callback, which has no call to be
raised from, is reported and gives native code a zero.
"""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable
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

    def __init__(self, lane: DispatchLane, serve: Serve, broken: Callable[[], object]) -> None:
        """`broken` ends a worker that breaks the lane's protocol."""
        self._lane = lane
        self._serve = serve
        self._broken = broken
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
            self._broken()

    def _result(self, request: CallbackRequest) -> bytes | None:
        try:
            return self._serve(request)
        except BaseException as error:  # sys.exit() too: it would end nothing but this thread
            error.add_note("raised by a callback from a thread that native code started, or from an initializer")
            _report(error)
            return None


def _report(error: BaseException) -> None:
    try:
        sys.excepthook(type(error), error, error.__traceback__)
    except BaseException:  # a hook of the user's
        traceback.print_exc()
