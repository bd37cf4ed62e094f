"""The pipe that the code reads, without code."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from exclave.executor.errors import FailedPreconditionError
from exclave.executor.stdin_pipe import StdinPipe


@pytest.fixture
def pipe():
    made = StdinPipe()
    yield made
    made.close()


def nothing() -> None:
    pass


def test_nobody_feeds(pipe):
    assert os.read(pipe.worker_end, 10) == b""
    assert os.get_blocking(pipe.worker_end)


def test_content_then_end_of_file(pipe):
    for content in (b"one", b"two"):
        with pipe.feed(nothing) as feeder:
            assert feeder.write(content)
        assert feeder.taken == 3
        assert os.read(pipe.worker_end, 10) == content
        assert os.read(pipe.worker_end, 10) == b""


def test_what_is_left_is_dropped_by_the_next(pipe):
    with pipe.feed(nothing) as feeder:
        feeder.write(b"x" * 60_000)
    with pipe.feed(nothing) as feeder:
        feeder.write(b"fresh")
    assert os.read(pipe.worker_end, 100_000) == b"fresh"


def test_one_at_a_time(pipe):
    with pipe.feed(nothing), pytest.raises(FailedPreconditionError, match="another FeedInput"):
        pipe.feed(nothing)
    with pipe.feed(nothing):
        pass


def test_more_than_the_pipe_holds(pipe):
    content = os.urandom(1 << 20)
    got = bytearray()

    def read() -> None:
        while len(got) < len(content):
            got.extend(os.read(pipe.worker_end, 7777))

    thread = threading.Thread(target=read)
    with pipe.feed(nothing) as feeder:
        thread.start()
        assert feeder.write(content)
        thread.join(20)
    assert got == content


@pytest.mark.parametrize("how", ["stop", "close"])
def test_who_waits_is_woken(pipe, how):
    woken, results = threading.Event(), []
    with pipe.feed(woken.set) as feeder:
        thread = threading.Thread(target=lambda: results.append(feeder.write(bytes(1 << 20))))
        thread.start()
        (feeder.stop if how == "stop" else pipe.close)()
        thread.join(20)
        assert results == [False]
        assert woken.is_set()
    if how == "close":
        with pytest.raises(FailedPreconditionError):
            pipe.feed(nothing)


def test_descriptors_are_closed():
    before = len(list(Path("/proc/self/fd").iterdir()))
    pipe = StdinPipe()
    pipe.close_worker_end()
    with pipe.feed(nothing) as feeder:
        pipe.close()
        assert not feeder.write(b"x")
    pipe.close()
    feeder.stop()
    assert len(list(Path("/proc/self/fd").iterdir())) == before
