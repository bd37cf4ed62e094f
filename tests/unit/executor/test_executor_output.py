"""Output channels: order, positions, completeness, back-pressure."""

from __future__ import annotations

import mmap
import os
import struct
import threading
import time
from pathlib import Path

import pytest
from exclave.executor.exits import ExitCause, WorkerExit
from exclave.executor.output import LIMIT, STDERR, STDOUT, Output, OutputChannel, OutputPump

LAST = WorkerExit(ExitCause.EXIT, 0, 0, "bye")


@pytest.fixture
def pump():
    made = OutputPump()
    yield made
    made.stop()


class Printer:
    """A channel, and a worker's ends of its pipes."""

    def __init__(self, pump: OutputPump, start: bool = True) -> None:
        self.channel = OutputChannel(pump)
        self.out, self.err = (os.dup(fd) for fd in self.channel.worker_ends)
        if start:
            self.channel.start()

    def end(self) -> None:
        os.close(self.out)
        os.close(self.err)
        self.channel.finish(LAST)


def test_events_in_order_and_the_last_one_last(pump):
    printer = Printer(pump)
    for i in range(50):
        os.write(printer.out, b"%d " % i)
        assert printer.channel.drain(5) == len(b"".join(b"%d " % k for k in range(i + 1)))
    os.write(printer.err, b"oops")
    printer.end()
    *outputs, last = printer.channel.events()
    assert last == LAST
    assert b"".join(o.data for o in outputs if o.stream == STDOUT) == b"".join(b"%d " % i for i in range(50))
    assert b"".join(o.data for o in outputs if o.stream == STDERR) == b"oops"
    position = 0
    for output in outputs:
        position += len(output.data)
        assert output.position == position


def test_live_without_drain(pump):
    printer = Printer(pump)
    events = printer.channel.events()
    os.write(printer.out, b"now")
    assert next(events) == Output(STDOUT, b"now", 3)
    printer.end()
    assert list(events) == [LAST]


def test_reader_that_does_not_read_stops_the_writer_only(pump):
    printer = Printer(pump)
    written = 0

    def flood() -> None:
        nonlocal written
        for _ in range(4 * LIMIT // 65536):
            written += os.write(printer.out, b"x" * 65536)

    thread = threading.Thread(target=flood)
    thread.start()
    other = Printer(pump)
    os.write(other.out, b"still served")
    assert next(other.channel.events()).data == b"still served"
    while not printer.channel._paused:
        threading.Event().wait(0.001)
    assert printer.channel._queued <= LIMIT + 65536
    assert printer.channel.drain(0.01) <= LIMIT + 2 * 65536
    events = printer.channel.events()
    received = 0
    while received < 4 * LIMIT:
        received += len(next(events).data)
    thread.join()
    assert received == written == 4 * LIMIT
    printer.end()
    other.end()


def test_finish_without_a_word(pump):
    printer = Printer(pump)
    os.write(printer.err, b"rest")
    os.close(printer.out)
    os.close(printer.err)
    printer.channel.finish(None)
    printer.channel.finish(LAST)
    assert [event.data for event in printer.channel.events()] == [b"rest"]


def test_finish_wakes_the_reader(pump):
    printer = Printer(pump)
    seen: list[object] = []
    thread = threading.Thread(target=lambda: seen.extend(printer.channel.events()))
    thread.start()
    printer.end()
    thread.join(10)
    assert seen == [LAST]


def test_descriptors_are_closed(pump):
    before = len(list(Path("/proc/self/fd").iterdir()))
    for started in (True, False):
        printer = Printer(pump, started)
        printer.channel.close_worker_ends()
        printer.end()
        list(printer.channel.events())
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_state_page(pump):
    printer = Printer(pump)
    *pipes, fd = printer.channel.descriptors()
    page = mmap.mmap(fd, mmap.PAGESIZE, mmap.MAP_SHARED, mmap.PROT_READ)
    with pytest.raises(PermissionError):
        mmap.mmap(fd, mmap.PAGESIZE, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
    for i in range(1, 200):
        os.write(printer.out if i % 2 else printer.err, b"x")
        while struct.unpack_from("<Q", page, 8) != (i,):
            time.sleep(0)
    printer.channel.drain(1)
    reading, position = struct.unpack_from("<QQ", page)
    assert reading % 2 == 0
    assert position == printer.channel.position == 199
    for pipe in (*pipes, fd):
        os.close(pipe)
    printer.end()
    assert printer.channel.descriptors() == []
    assert printer.channel.position == 199
