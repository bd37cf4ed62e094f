"""Memory of sessions of a real daemon: plans and the streams that bring them, freeing, reading and writing."""

from __future__ import annotations

import os
import threading
from itertools import pairwise

import grpc
import pytest
from exclave.v1 import memory_pb2
from grpc import StatusCode
from support_daemon import PAGE, Refused
from support_executor import CODE, DATA, LANES, READONLY, ranges_of, wait_until
from support_plans import plan_message, results_of


@pytest.fixture
def session(daemon_session):
    return daemon_session


# Plans


def test_initialize_start_call(running):
    assert running.call("add", 2, 40) == 42
    assert running.call("add", -1, -1) == -2


def test_session_starts_with_zeros(session):
    for zone in (CODE, READONLY, DATA):
        assert not any(session.read(session.zones[zone].address, 100_000))


def test_large_contents_in_odd_chunks(session):
    content = os.urandom(3 << 20)
    cuts = [0, 1, 4095, 5000, 1 << 20, (2 << 20) - 1, (3 << 20) - 1, 3 << 20]
    chunks = [content[a:b] for a, b in pairwise(cuts)]
    session.initialize([([(READONLY, 64, 4 << 20, len(content))], [])], chunks)
    assert session.read(session.zones[READONLY].address + 64, 4 << 20) == content + bytes(1 << 20)


@pytest.mark.parametrize(
    ("segments", "content", "reason"),
    [
        ([(CODE, 0, 8, 8), (CODE, 4, 8, 0)], b"12345678", "SEGMENT_OVERLAP"),
        ([(CODE, 0, 8, 8), (DATA, -8, 8, 0)], b"12345678", "SEGMENT_WRONG_ZONE"),
        ([(CODE, 0, 8, 8), (DATA, 2**62, 8, 0)], b"12345678", "SEGMENT_OUT_OF_RANGE"),
        ([(CODE, 0, 8, 8), (LANES, 0, 8, 0)], b"12345678", "SEGMENT_WRONG_ZONE"),
        ([(CODE, 0, 8, 8), (0, 0, 8, 0)], b"12345678", "SEGMENT_WRONG_ZONE"),
        ([(CODE, 0, 8, 8), (DATA, 0, 0, 0)], b"12345678", "SEGMENT_EMPTY"),
        ([(CODE, 0, 8, 8), (DATA, 0, 2**64 - 1, 0)], b"12345678", "SEGMENT_OUT_OF_RANGE"),
        ([(CODE, 0, 8, 8), (DATA, 0, 4, 5)], b"12345678", "SEGMENT_CONTENT_TOO_LARGE"),
        ([(CODE, 0, 8, 8)], b"1234567", "CONTENT_TOO_SHORT"),
        ([(CODE, 0, 8, 8)], b"123456789", "CONTENT_TOO_LONG"),
        ([(CODE, 0, 8, 8)], b"", "CONTENT_TOO_SHORT"),
        ([(CODE, 0, 8, 0)], b"1", "CONTENT_TOO_LONG"),
    ],
)
def test_rejected_plan_leaves_nothing(session, segments, content, reason):
    with Refused(StatusCode.INVALID_ARGUMENT, reason):
        session.initialize([(segments, [])], content)
    assert session.read(session.zones[CODE].address, 16) in (bytes(16), b"\xcc" * 8 + bytes(8))
    assert session.load(CODE, 0, b"again!!!") > 0


def stream(session, *requests):
    return session.daemon.memory.Initialize(iter(requests))


def test_streams_that_are_no_plan(session):
    plan = memory_pb2.InitializePlan(session_token=session.token)
    some = plan_message(session.token, [([(session.zones[DATA].address, 8, 8, DATA)], [])])
    for requests, reason in [
        ([], "NO_PLAN"),
        ([memory_pb2.InitializeRequest()], "NO_PLAN"),
        ([memory_pb2.InitializeRequest(chunk=b"x")], "NO_PLAN"),
        ([memory_pb2.InitializeRequest(plan=some, chunk=b"x")] * 2, "LATE_PLAN"),
        (
            [
                memory_pb2.InitializeRequest(plan=plan),
                memory_pb2.InitializeRequest(chunk=bytes((1 << 20) + 1)),
            ],
            "CHUNK_TOO_LARGE",
        ),
    ]:
        with Refused(StatusCode.INVALID_ARGUMENT, reason):
            stream(session, *requests)


def test_a_plan_in_parts(session):
    """Cut in the midst of an allocation: what counts is what the columns are when all of them are there."""
    data = session.zones[DATA].address
    one = plan_message(session.token, [([(data, 4, 4, DATA), (data + 64, 2, 2, DATA)], [])])
    two = memory_pb2.InitializePlan(segments=memory_pb2.Segments(zones=[one.segments.zones.pop()]))
    parts = [memory_pb2.InitializeRequest(plan=one), memory_pb2.InitializeRequest(plan=two, chunk=b"abc")]
    (result,) = results_of(stream(session, *parts, memory_pb2.InitializeRequest(chunk=b"def")))
    assert result.allocation_id
    assert session.read(data, 4) + session.read(data + 64, 2) == b"abcdef"


def test_stream_that_its_client_breaks_off_leaves_nothing(session):
    began, leave = threading.Event(), threading.Event()

    def requests():
        address = session.zones[CODE].address
        plan = plan_message(session.token, [([(address, 8192, 8192, CODE)], [])])
        yield memory_pb2.InitializeRequest(plan=plan)
        yield memory_pb2.InitializeRequest(chunk=b"x" * 4096)
        began.set()
        leave.wait(20)

    call = session.daemon.memory.Initialize.future(requests())
    began.wait(20)
    address = session.zones[CODE].address
    assert wait_until(lambda: session.read(address, 1) == b"x")
    call.cancel()
    leave.set()
    assert wait_until(lambda: session.read(address, 1) == b"\0")
    assert wait_until(lambda: _fits(session))


def _fits(session) -> bool:
    try:
        return session.load(CODE, 100, b"fits") > 0
    except grpc.RpcError:
        return False


def test_idempotency_key(session):
    segments = [([(DATA, 0, 8, 8)], [])]
    first = session.initialize(segments, b"12345678", key=b"k")
    again = session.initialize(segments, b"12345678", key=b"k")
    assert [r.allocation_id for r in first] == [r.allocation_id for r in again]
    with Refused(StatusCode.INVALID_ARGUMENT, "SEGMENT_OVERLAP"):
        session.initialize(segments, b"12345678", key=b"other")
    with Refused(StatusCode.INVALID_ARGUMENT, "BAD_KEY"):
        session.initialize(segments, b"12345678", key=b"k" * 65)


def test_deinitialize(running):
    number = running.load(CODE, 3 * PAGE, b"\x31\xc0\xc3")  # xor eax, eax; ret
    address = running.zones[CODE].address + 3 * PAGE
    assert running.call(address, 5) == 0
    assert running.deinitialize(number) == []
    with Refused(StatusCode.INVALID_ARGUMENT, "NOT_CODE"):
        running.call(address)
    with Refused(StatusCode.NOT_FOUND, "NO_SUCH_ALLOCATION"):
        running.deinitialize(number)
    assert running.load(CODE, 3 * PAGE, b"\xc3") > number


def test_deinitialize_all_or_none(session):
    number = session.load(DATA, 0, b"12345678")
    for wrong in [(number, 999), (number, number), (0,)]:
        with Refused(StatusCode.NOT_FOUND, "NO_SUCH_ALLOCATION"):
            session.deinitialize(*wrong)
    assert session.read(session.zones[DATA].address, 8) == b"12345678"
    assert session.deinitialize(number) == []


# Reading and writing


def test_read_and_write_memory(session):
    data = session.zones[DATA]
    session.write(data.address + 1, b"abc", b"", b"de")
    assert session.read(data.address, 8) == b"\0abcde\0\0"
    big = os.urandom(3 << 20)
    session.write(data.address, *(big[i : i + 700_000] for i in range(0, len(big), 700_000)))
    assert session.read(data.address, len(big)) == big
    for address, size in [
        (data.address - 1, 4),
        (0, 1),
        (2**64 - 1, 1),
        (data.address, 2**63),
        (data.address, data.size + 1),
    ]:
        if address != data.address - 1:
            with Refused(StatusCode.OUT_OF_RANGE, "RANGE_NOT_IN_ZONE"):
                session.read(address, size)
        with Refused(StatusCode.OUT_OF_RANGE, "RANGE_NOT_IN_ZONE"):
            session.write(address, b"abcd"[:size], size=size)
    for chunks, size, kind in [([b"abc"], 2, "LONG"), ([b"abc"], 4, "SHORT"), ([b"a", b"bc"], 2, "LONG")]:
        with Refused(StatusCode.INVALID_ARGUMENT, f"CONTENT_TOO_{kind}"):
            session.write(data.address, *chunks, size=size)


def test_several_ranges_in_one_rpc(session):
    data, code = session.zones[DATA].address, session.zones[CODE].address
    session.write_ranges([(data + 9, 3), (data, 0), (data + 2, 2)], b"a", b"bcd", b"e")
    assert session.read_chunks((data, 12)) == [b"\0\0de" + bytes(5) + b"abc"]
    assert session.read_chunks((data + 9, 2), (code, 0), (data + 2, 3), (code, 2)) == [b"abde\0\0\0"]
    assert session.read_chunks((data, 0)) == session.read_chunks() == []
    session.write_ranges([(data, 4), (data + 2, 4)], b"12345678")  # the later one wins
    assert session.read(data, 6) == b"125678"
    big = os.urandom(3 << 19)
    session.write_ranges([(data + (1 << 19), 1 << 20), (data, 1 << 19)], big[: 1 << 20], big[1 << 20 :])
    assert list(map(len, session.read_chunks((data, 1 << 19), (data + (1 << 19), 1 << 20)))) == [1 << 20, 1 << 19]
    assert session.read(data, 3 << 19) == big[1 << 20 :] + big[: 1 << 20]


def test_ranges_are_checked_before_the_first_byte(session):
    data = session.zones[DATA]
    session.write(data.address, b"keep")
    for wrong in [(data.address + data.size, 1), (0, 1), (session.zones[CODE].address, 1), (data.address, 2**64 - 1)]:
        with Refused(StatusCode.OUT_OF_RANGE, "RANGE_NOT_IN_ZONE"):
            session.write_ranges([(data.address, 4), wrong], b"lost!")
    for wrong in [(0, 1), (data.address, data.size + (1 << 30)), (data.address, 2**64 - 1)]:
        with Refused(StatusCode.OUT_OF_RANGE, "RANGE_NOT_IN_ZONE"):
            session.read_chunks((data.address, 4), wrong)
    many = [(data.address, 0)] * 1024
    session.write_ranges(many)
    assert session.read_chunks(*many) == []
    for use in (session.write_ranges, lambda ranges: session.read_chunks(*ranges)):
        with Refused(StatusCode.INVALID_ARGUMENT, "TOO_MANY_RANGES"):
            use([*many, (data.address, 0)])
    later = memory_pb2.WriteMemoryRequest(ranges=ranges_of((data.address, 4)), chunk=b"lost")
    first = memory_pb2.WriteMemoryRequest(session_token=session.token, ranges=ranges_of((data.address, 4)))
    with Refused(StatusCode.INVALID_ARGUMENT, "TWO_TARGETS"):
        session.daemon.memory.WriteMemory(iter([first, later]))
    assert session.read(data.address, 4) == b"keep"
