"""Whether a call has printed: what the pipes and the daemon's counters say, over real pipes."""

import mmap
import os
import struct

import pytest
from exclave.controller.calls.output_watch import OutputWatch


@pytest.fixture
def pipes():
    ends = [os.pipe() for _ in range(2)]
    yield ends
    for pair in ends:
        for end in pair:
            os.close(end)


@pytest.fixture
def state():
    return mmap.mmap(-1, mmap.PAGESIZE)


@pytest.fixture
def watch(pipes, state):
    """And what it asked: "drain" for the daemon, a position that it waited for."""
    asked = []
    readers = tuple(read for read, _ in pipes)
    return OutputWatch(readers, state, lambda: asked.append("drain") or 77, asked.append), asked


def test_what_is_queued_is_waited_for_without_the_daemon(watch, state):
    struct.pack_into("<QQ", state, 0, 4, 1234)
    watch[0].settle()
    assert watch[1] == [1234]


@pytest.mark.parametrize("stream", [0, 1])
def test_what_lies_in_a_pipe_makes_it_ask(watch, pipes, stream):
    os.write(pipes[stream][1], b"x")
    watch[0].settle()
    assert watch[1] == ["drain", 77]


def test_pipes_that_are_closed_while_a_call_looks(watch, pipes):
    os.close(pipes[0][0])
    watch[0].settle()
    assert watch[1] == []
    os.dup2(pipes[1][0], pipes[0][0])


def test_pipes_that_are_somebody_elses_by_now_are_not_asked(watch, pipes, state):
    os.write(pipes[0][1], b"x")
    watch[0].close()
    watch[0].settle()
    assert watch[1] == [0]


@pytest.mark.parametrize("reading", [1, 3, 2**64 - 1])
def test_what_the_daemon_is_taking_out_makes_it_ask(watch, state, reading):
    struct.pack_into("<QQ", state, 0, reading, 1234)
    watch[0].settle()
    assert watch[1] == ["drain", 77]
