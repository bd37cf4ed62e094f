"""What the code reads from descriptor 0: a pipe that finds end-of-file whenever nobody feeds it.

Owns: the pipe, the one feeder at a time. Must not know: gRPC, workers, what is fed.
Invariant: the worker's reading end stays the same for its life; there is a writing end only while a feeder
is at work, so that the code never waits for input that nobody will give.
"""

from __future__ import annotations

import contextlib
import os
import select
import threading
from collections.abc import Callable
from types import TracebackType

from exclave.executor.errors import FailedPreconditionError

_PIECE = 65536


class StdinPipe:
    """The standard input of one session."""

    def __init__(self) -> None:
        self.worker_end, write = os.pipe2(os.O_CLOEXEC)
        try:
            # A descriptor of its own: O_NONBLOCK belongs to what dup() and fork() share.
            self._read = os.open(f"/proc/self/fd/{self.worker_end}", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        finally:
            os.close(write)
        self._lock = threading.Lock()
        self._feeder: Feeder | None = None
        self._closed = False

    def close_worker_end(self) -> None:
        """Closes the worker's end in this process."""
        with self._lock:
            if self.worker_end >= 0:
                os.close(self.worker_end)
            self.worker_end = -1

    def feed(self, wake: Callable[[], None]) -> Feeder:
        """Empties the pipe, and gives a context in which it can be fed; `wake` is called when it is stopped.

        Raises: FailedPreconditionError: somebody feeds it, or the session has ended.
        """
        with self._lock:
            if self._closed:
                raise FailedPreconditionError("WORKER_GONE", "the session's worker is no more: nobody reads its input")
            if self._feeder is not None:
                raise FailedPreconditionError("INPUT_IN_USE", "another FeedInput of this session is under way")
            self._empty()
            write = os.open(f"/proc/self/fd/{self._read}", os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            self._feeder = Feeder(self, write, wake)
            return self._feeder

    def done(self, feeder: Feeder) -> None:
        """Another one may feed. For Feeder."""
        with self._lock:
            assert self._feeder is feeder
            self._feeder = None

    def close(self) -> None:
        """Nobody reads any more: whoever feeds stops."""
        self.close_worker_end()
        with self._lock:
            feeder = self._feeder
            if not self._closed:
                os.close(self._read)
            self._closed = True
        if feeder is not None:
            feeder.stop()

    def _empty(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while os.read(self._read, _PIECE):
                pass


class Feeder:
    """Somebody who feeds a pipe; at the end of the context comes end-of-file."""

    def __init__(self, pipe: StdinPipe, write: int, on_stop: Callable[[], None]) -> None:
        self._pipe = pipe
        self._write = write
        self._on_stop = on_stop
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._lock = threading.Lock()
        self._stopped = self._ended = False
        self.taken = 0

    def __enter__(self) -> Feeder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._ended = True
            os.close(self._write)
            os.close(self._wake)
        self._pipe.done(self)

    def write(self, data: bytes) -> bool:
        """Writes as the pipe takes it, and waits while it is full; False if it was stopped before the end."""
        rest = memoryview(data)
        while len(rest) and not self._stopped:
            try:
                count = os.write(self._write, rest[:_PIECE])
            except BlockingIOError:
                self._wait()
            except BrokenPipeError:  # the session has ended just now
                return False
            else:
                rest = rest[count:]
                self.taken += count
        return not len(rest) and not self._stopped

    def stop(self) -> None:
        """Has `write` give up. Called by any thread, at any time."""
        with self._lock:
            self._stopped = True
            if not self._ended:
                os.eventfd_write(self._wake, 1)
        self._on_stop()

    def _wait(self) -> None:
        poll = select.poll()
        poll.register(self._write, select.POLLOUT)
        poll.register(self._wake, select.POLLIN)
        poll.poll()
