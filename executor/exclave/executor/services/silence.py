"""Clients that fall silent in the midst of what they send.

Owns: the thread that ends their requests. Must not know: what is sent. Invariant: only the client's time counts, not
that of the executor's work; a request that is ended holds no thread of the server's any more.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from typing import TypeVar

import grpc

_Request = TypeVar("_Request")


class _Watched:
    """One request stream: until when its next message must come."""

    def __init__(self, context: grpc.ServicerContext) -> None:
        self.context = context
        self.deadline = math.inf


class SilenceWatch:
    """Watches request streams; its thread sleeps while there are none."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._watched: set[_Watched] = set()
        self._some = threading.Condition()
        self._thread: threading.Thread | None = None

    def messages(self, requests: Iterator[_Request], context: grpc.ServicerContext) -> Iterator[_Request]:
        """The messages of a stream, which is cancelled when its client is silent for too long."""
        watched = _Watched(context)
        self._add(watched)
        try:
            watched.deadline = time.monotonic() + self._seconds
            for request in requests:
                watched.deadline = math.inf
                yield request
                watched.deadline = time.monotonic() + self._seconds
        finally:
            with self._some:
                self._watched.discard(watched)

    def _add(self, watched: _Watched) -> None:
        with self._some:
            self._watched.add(watched)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="silence-watch", daemon=True)
                self._thread.start()
            self._some.notify()

    def _run(self) -> None:
        while True:
            with self._some:
                self._some.wait_for(lambda: self._watched)
                late = [watched for watched in self._watched if watched.deadline < time.monotonic()]
            for watched in late:
                watched.deadline = math.inf
                watched.context.cancel()
            time.sleep(min(1.0, self._seconds / 4))
