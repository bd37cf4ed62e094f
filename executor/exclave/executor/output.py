"""What sessions' code prints: pipes, read live by one thread for all sessions, queued for each session's
lease.

Owns: the reading ends, the queues, the pump thread, the output state page. Must not know: gRPC, workers.
Invariant: positions count the bytes of both streams in the order in which they are queued; a session whose
lease does not take its output has its pipes no longer read above LIMIT bytes, so that its code waits, not the
daemon.

The output state page tells a controller on the same host, without a message, whether all that was printed is
queued: if both pipes are empty (FIONREAD) and `reading` is even and the same before and after. Little endian:

    0x00 u64 reading   odd from before bytes are taken out of a pipe until they are queued
    0x08 u64 position  bytes queued so far
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import mmap
import os
import select
import struct
import termios
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from exclave.executor.exits import WorkerExit
from exclave.executor.memory.virtmem import PAGE, MemoryFile
from exclave.executor.shared_words import Fence

LIMIT = 4 << 20
STDOUT, STDERR = 1, 2
_PIECE = 65536
_JOINED = 262144  # bytes of one event, about


@dataclass(frozen=True, slots=True)
class Output:
    """Bytes printed to `stream`; `position` counts the bytes of both streams so far, these included."""

    stream: int
    data: bytes
    position: int


Event = Output | WorkerExit


class _StatePage:
    """The output state page of one session: written here, read by its controller."""

    def __init__(self) -> None:
        self._file = MemoryFile("exclave-output", PAGE)
        memory = mmap.mmap(self._file.fd, PAGE, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
        self._reading = ctypes.c_uint64.from_buffer(memory, 0)
        self._position = ctypes.c_uint64.from_buffer(memory, 8)
        self._fence = Fence()

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Bytes may leave a pipe, and are queued at the end; one thread at a time."""
        self._reading.value += 1
        self._fence()
        try:
            yield
        finally:
            self._fence()
            self._reading.value += 1

    def tell(self, position: int) -> None:
        """So many bytes are queued; within `reading`."""
        self._position.value = position

    def descriptor(self) -> int:
        """A new descriptor, from which no writable view can be mapped."""
        return self._file.reopen_readonly()

    def close(self) -> None:
        """Gives it up, with the mapping; the page stays with whoever else has mapped it."""
        self._reading, self._position = ctypes.c_uint64(), ctypes.c_uint64()
        self._file.close()


class OutputChannel:
    """The output of one session."""

    def __init__(self, pump: OutputPump) -> None:
        self._pump = pump
        self._changed = threading.Condition()
        self._events: deque[Event] = deque()
        self._queued = 0
        self._paused = False
        self._ended = False
        self._limit = 0
        self._on_excess: Callable[[], None] = lambda: None
        self.position = 0
        self._page = _StatePage()
        self._streams: dict[int, int] = {}
        self.worker_ends: list[int] = []
        for stream in (STDOUT, STDERR):
            read, write = os.pipe2(os.O_CLOEXEC)
            os.set_blocking(read, False)
            self._streams[read] = stream
            self.worker_ends.append(write)

    def start(self, limit: int = 0, on_excess: Callable[[], None] = lambda: None) -> None:
        """The worker has its ends: closes ours of them and begins to read.

        No more than `limit` bytes are queued (0: any number); when there is more, `on_excess` is called.
        """
        self._limit, self._on_excess = limit, on_excess
        self.close_worker_ends()
        for fd in self._streams:
            self._pump.watch(fd, self)

    def close_worker_ends(self) -> None:
        """Closes the writing ends in this process."""
        while self.worker_ends:
            os.close(self.worker_ends.pop())

    def on_readable(self, fd: int) -> None:
        """Reads a piece; called by the pump."""
        with self._changed:
            if fd in self._streams and not self._paused:
                self._read(fd, _PIECE)
                if self._queued > LIMIT:
                    self._pause()

    def drain(self, timeout: float) -> int:
        """Queues all that has been printed up to now and returns the position.

        Waits up to `timeout` seconds for the lease to make room; what is still unread then is not counted.
        """
        with self._changed:
            if self._changed.wait_for(lambda: self._queued <= LIMIT or self._ended, timeout):
                for fd in list(self._streams):
                    self._read(fd, _available(fd))
            return self.position

    def descriptors(self) -> list[int]:
        """New descriptors for a controller: the pipes of stdout and stderr, the state page; none if it has ended.

        The caller closes them.
        """
        with self._changed:
            if self._ended or len(self._streams) < 2:
                return []
            return [*(os.dup(fd) for fd in self._streams), self._page.descriptor()]

    def finish(self, last: WorkerExit | None) -> None:
        """The worker is no more: queues the rest of its output, then `last`, and ends the events."""
        with self._changed:
            for fd in list(self._streams):
                while self._read(fd, _PIECE):
                    pass
                self._close(fd)
            if last is not None and not self._ended:
                self._events.append(last)
            self._ended = True
            self._page.close()
            self._changed.notify_all()

    def events(self) -> Iterator[Event]:
        """Yields events as they come, until the end."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._events or self._ended)
                if not self._events:
                    return
                event = self._next_event()
                self._make_room(event)
            yield event

    def _next_event(self) -> Event:
        """The first event, joined with those of the same stream behind it: messages cost more than bytes."""
        event = self._events.popleft()
        parts = []
        size = 0
        while isinstance(event, Output):
            parts.append(event.data)
            size += len(event.data)
            following = self._events[0] if self._events else None
            if not isinstance(following, Output) or following.stream != event.stream or size >= _JOINED:
                return Output(event.stream, b"".join(parts), event.position)
            event = self._events.popleft()
        return event

    def _make_room(self, event: Event) -> None:
        if isinstance(event, Output):
            self._queued -= len(event.data)
            if self._queued <= LIMIT:
                self._changed.notify_all()
        if self._paused and self._queued <= LIMIT // 2:
            self._paused = False
            for fd in self._streams:
                self._pump.watch(fd, self)

    def _pause(self) -> None:
        self._paused = True
        for fd in self._streams:
            self._pump.forget(fd)

    def _read(self, fd: int, most: int) -> int:
        """Reads up to `most` bytes that are there; returns how many."""
        if not most:
            return 0
        with self._page.reading():
            try:
                data = os.read(fd, most)
            except BlockingIOError:
                return 0
            if data:
                self._queue(fd, data)
        if not data:
            self._close(fd)
        return len(data)

    def _queue(self, fd: int, data: bytes) -> None:
        if self._limit and self.position + len(data) > self._limit:
            data = data[: self._limit - self.position]
            self._on_excess()
        self.position += len(data)
        self._queued += len(data)
        if data:
            self._events.append(Output(self._streams[fd], data, self.position))
        self._page.tell(self.position)
        self._changed.notify_all()

    def _close(self, fd: int) -> None:
        if self._streams.pop(fd, None) is not None:
            self._pump.forget(fd)
            os.close(fd)


def _available(fd: int) -> int:
    """How many bytes a pipe holds: bounded, while its writer may never stop."""
    return int(struct.unpack("i", fcntl.ioctl(fd, termios.FIONREAD, bytes(4)))[0])


class OutputPump:
    """The thread that reads all sessions' pipes."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._channels: dict[int, OutputChannel] = {}
        self._stop = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._epoll.register(self._stop, select.EPOLLIN)
        self._thread = threading.Thread(target=self._run, name="output-pump", daemon=True)
        self._thread.start()

    def watch(self, fd: int, channel: OutputChannel) -> None:
        """Begins to read a pipe."""
        self._channels[fd] = channel
        self._epoll.register(fd, select.EPOLLIN)

    def forget(self, fd: int) -> None:
        """Stops reading a pipe."""
        if self._channels.pop(fd, None) is not None:
            with contextlib.suppress(FileNotFoundError):
                self._epoll.unregister(fd)

    def stop(self) -> None:
        """Ends the thread."""
        os.eventfd_write(self._stop, 1)
        self._thread.join()
        self._epoll.close()
        os.close(self._stop)

    def _run(self) -> None:
        while True:
            for fd, _ in self._epoll.poll():
                if fd == self._stop:
                    return
                self._serve(fd)

    def _serve(self, fd: int) -> None:
        """A function of its own, so that a sleeping pump keeps no channel alive."""
        channel = self._channels.get(fd)
        if channel is not None:
            channel.on_readable(fd)
