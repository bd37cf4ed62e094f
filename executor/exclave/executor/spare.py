"""A worker that is ready before anybody asks for it: forked, mapped, locked down.

Owns: the spare's making, lending and end, and one thread. Must not know: sessions, gRPC, tokens.
Invariant: there is at most one spare, made by the same steps as any worker, for one session, once; it is of the shape
that was asked for last, it is gone some seconds after the last session that could have wanted it, and at the latest
with the daemon.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from exclave.executor.errors import ExecutorError
from exclave.executor.open_request import OpenRequest
from exclave.executor.parts import Parts

SETTLE_SECONDS = 0.005
"""How long after a session's opening the next one's worker is begun: first the opened one has the processors."""
KEEP_SECONDS = 10.0


class Spare:
    """The spare worker, or none."""

    def __init__(self, make: Callable[[OpenRequest], Parts]) -> None:
        self._make = make
        self._changed = threading.Condition()
        self._wanted: OpenRequest | None = None
        self._making: OpenRequest | None = None
        self._ready: tuple[OpenRequest, Parts] | None = None
        self._stopping = False
        self._thread: threading.Thread | None = None

    def want(self, request: OpenRequest) -> None:
        """Somebody may ask for the same again soon: have one ready. Returns at once."""
        with self._changed:
            if self._stopping:
                return
            self._wanted = request
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="spare-worker", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def take(self, request: OpenRequest) -> Parts | None:
        """The spare, if it is what is asked for; waits for one that is being made."""
        with self._changed:
            self._changed.wait_for(lambda: self._making != request or self._stopping)
            if self._ready is None or self._ready[0] != request:
                return None
            (_, parts), self._ready = self._ready, None
            self._changed.notify_all()
        if parts.worker.exit is None:
            return parts
        parts.close("it ended before anybody wanted it")
        return None

    def stop(self) -> None:
        """End it, and make none any more."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while self._begin():
            self._keep(self._made())
            self._discard()

    def _begin(self) -> bool:
        """Wait until one is wanted and there is time to make it; False at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._wanted is not None or self._stopping)
            self._changed.wait_for(lambda: self._stopping, SETTLE_SECONDS)
            self._making, self._wanted = self._wanted, None
            return not self._stopping

    def _made(self) -> Parts | None:
        assert self._making is not None
        try:
            return self._make(self._making)
        except ExecutorError:
            return None  # whoever asks for a session is told why

    def _keep(self, parts: Parts | None) -> None:
        """Until it is taken, something else is wanted, or nobody has come for it."""
        with self._changed:
            assert self._making is not None
            self._ready = None if parts is None else (self._making, parts)
            self._making = None
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._ready is None or self._other_wanted() or self._stopping, KEEP_SECONDS)

    def _other_wanted(self) -> bool:
        return self._ready is not None and self._wanted not in (None, self._ready[0])

    def _discard(self) -> None:
        with self._changed:
            ready, self._ready = self._ready, None
            if ready is not None and self._wanted == ready[0]:
                self._wanted = None  # that wish is the one that nobody came for
        if ready is not None:
            ready[1].close("no session wanted it")
