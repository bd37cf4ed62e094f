"""Streams that a client may keep open: how many there are, and taking their requests one at a time.

Owns: the budget of streams, the thread that reads one's requests. Must not know: what the requests say.
Invariant: whoever takes a request can be woken, by a deadline and by `stop`; gRPC's own iterator cannot.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Generic, Self, TypeVar

from exclave.executor.errors import ResourceExhaustedError

_Request = TypeVar("_Request")


class StreamBudget:
    """Long-lived streams of the whole daemon: each holds a thread of the server's pool."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._places = threading.Semaphore(most)

    @contextmanager
    def place(self) -> Iterator[None]:
        """One stream more for as long as the context lasts.

        Raises: ResourceExhaustedError.
        """
        if not self._places.acquire(blocking=False):
            text = f"the executor has {self._most} streams already: end one, or try again later"
            raise ResourceExhaustedError("TOO_MANY_STREAMS", text, most=self._most)
        try:
            yield
        finally:
            self._places.release()


class RequestReader(Generic[_Request]):
    """A context: the requests of one stream. Reads one ahead, so that the client's end is noticed when it comes."""

    def __init__(self, requests: Iterator[_Request]) -> None:
        self._requests = requests
        self._changed = threading.Condition()
        self._next: _Request | None = None
        self._ended = self._stopped = False
        self._on_end: Callable[[], None] | None = None
        threading.Thread(target=self._read, name="request-reader", daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def take(self, deadline: float | None = None) -> _Request | None:
        """The next request, None at the end; `deadline` is a time of time.monotonic().

        Raises: TimeoutError.
        """
        with self._changed:
            timeout = None if deadline is None else max(deadline - time.monotonic(), 0)
            if not self._changed.wait_for(self._has_news, timeout):
                raise TimeoutError
            request, self._next = self._next, None
            self._changed.notify_all()
            return None if self._stopped else request

    def stop(self) -> None:
        """Ends the requests here: `take` returns None from now on. Called by any thread."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def on_end(self, listener: Callable[[], None]) -> None:
        """Has `listener` called when the client's last request has come, or it has gone; now if it has."""
        with self._changed:
            self._on_end = listener
            ended = self._ended
        if ended:
            listener()

    def _has_news(self) -> bool:
        return self._next is not None or self._ended or self._stopped

    def _read(self) -> None:
        try:
            for request in self._requests:
                if not self._put(request):
                    break
        except Exception:  # noqa: S110 - the client has gone: the same as its end
            pass
        self._end()

    def _put(self, request: _Request) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._next is None or self._stopped)
            self._next = request
            self._changed.notify_all()
            return not self._stopped

    def _end(self) -> None:
        with self._changed:
            self._ended = True
            listener = self._on_end
            self._changed.notify_all()
        if listener is not None:
            listener()
