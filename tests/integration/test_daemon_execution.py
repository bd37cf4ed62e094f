"""Execution in a real daemon's workers: starting the runtime, lookups, calls on all lanes, and their output."""

from __future__ import annotations

import struct
from concurrent.futures import ThreadPoolExecutor

import pytest
from grpc import StatusCode
from support_daemon import Refused
from support_executor import DATA


@pytest.fixture
def session(daemon_session):
    return daemon_session


def test_runtime_starts_once_and_in_code_only(session):
    with Refused(StatusCode.FAILED_PRECONDITION, "RUNTIME_NOT_STARTED"):
        session.lookup("sin")
    session.start()
    with Refused(StatusCode.FAILED_PRECONDITION, "RUNTIME_STARTED"):
        session.enter()
    with Refused(StatusCode.INVALID_ARGUMENT, "NOT_CODE"):
        session.enter(serve=session.zones[DATA].address)


def test_lookup(running):
    names = ["sin", "no_such_thing", "printf", "_Unwind_Resume", "stdout", "sin"]
    addresses = running.lookup(*names)
    assert addresses[1] == 0
    assert addresses[0] == addresses[5]
    assert all(addresses[i] for i in (0, 2, 3, 4))
    assert running.bootstrap["stdout"] == addresses[4]
    assert running.lookup() == []
    for bad in ("", "a\0b", "x" * 8193):
        with Refused(StatusCode.INVALID_ARGUMENT, "BAD_SYMBOL_NAME"):
            running.lookup("sin", bad)


def test_lookup_of_more_than_a_lane_holds(running):
    names = [f"{'long' * 20}_{i}" for i in range(3000)]
    addresses = running.lookup(*names[:2000], "cos", *names[2000:])
    assert [i for i, address in enumerate(addresses) if address] == [2000]


def test_call_of_an_address_that_was_looked_up(running):
    labs = running.lookup("labs")[0]
    assert running.call(labs, -5) == 5


def test_call_of_what_is_no_code(running):
    for function in (0, 1, running.zones[DATA].address, 2**64 - 1):
        with Refused(StatusCode.INVALID_ARGUMENT, "NOT_CODE"):
            running.call(function)
    request = running.request("add", 1, 2)
    request.entry = running.bootstrap["puts"]
    with Refused(StatusCode.INVALID_ARGUMENT, "NOT_CODE"):
        running.send(request)
    assert running.call("add", 1, 2) == 3


def test_sizes_of_slots(running):
    most = 65536 - 256
    request = running.request("add", 1, 2)
    request.slots = request.slots + b"z" * (most - 16)
    request.result_size = most
    result = running.send(request).result
    assert len(result) == most
    assert struct.unpack_from("<q", result) == (3,)
    assert result[16:] == b"z" * (most - 16)
    request.slots += b"z"
    with Refused(StatusCode.INVALID_ARGUMENT, "SLOTS_TOO_LARGE"):
        running.send(request)
    for size in (most + 1, 2**64 - 1):
        request = running.request("add", 1, 2)
        request.result_size = size
        with Refused(StatusCode.INVALID_ARGUMENT, "SLOTS_TOO_LARGE"):
            running.send(request)


def test_two_lanes_at_once(running):
    """Both calls must run at the same time to return at all."""
    counter = running.zones[DATA].address
    with ThreadPoolExecutor(2) as pool:
        calls = [pool.submit(running.call, "meet", counter, 2, timeout=30) for _ in range(2)]
        assert [call.result() for call in calls] == [2, 2]


def test_more_callers_than_lanes(running):
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(lambda i: running.call("add", i, i), range(200))) == [2 * i for i in range(200)]


def test_output_is_complete_when_the_call_returns(running):
    text = running.zones[DATA].address
    running.write(text, b"hello from afar\0")
    position = 0
    for n in (1, 3, 20_000):
        response = running.call_raw("print", text, n)
        position += n * 16
        assert response.output_position == position
        assert len(running.wait_output(position)) == position
    assert running.output == b"hello from afar\n" * 20_004


def test_long_output_streams_live(running):
    """More than the pipes and the queue hold, while nobody reads at first."""
    text = running.zones[DATA].address
    line = b"x" * 1000
    running.write(text, line + b"\0")
    with running.talk() as talk:
        talk.post("print", text, 20_000, timeout=60)
        assert len(running.wait_output(20_000 * 1001)) == 20_000 * 1001
        assert talk.answer().output_position == 20_000 * 1001
