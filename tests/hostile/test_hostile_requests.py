"""Hostile clients: requests for what is not theirs or is not there, from ranges and slots to whole sessions."""

from __future__ import annotations

import grpc
import pytest
from exclave.v1 import common_pb2, execution_pb2, memory_pb2, session_pb2
from grpc import StatusCode
from support_executor import CODE, DATA, LANES, READONLY
from support_wire import at, end

RANGES = {
    "outside": (lambda s: (end(s, LANES), 8), StatusCode.OUT_OF_RANGE),
    "across an end": (lambda s: (end(s, LANES) - 4, 8), StatusCode.OUT_OF_RANGE),
    "across two zones": (lambda s: (at(s, DATA) - 4, 8), StatusCode.OUT_OF_RANGE),
    "that wraps": (lambda s: ((1 << 64) - 8, 16), StatusCode.OUT_OF_RANGE),
    "without end": (lambda s: (at(s, DATA), (1 << 64) - 1), StatusCode.OUT_OF_RANGE),
    "at 0": (lambda s: (0, 8), StatusCode.OUT_OF_RANGE),
}


@pytest.mark.parametrize("name", RANGES)
@pytest.mark.parametrize("rpc", ["read", "write", "zero"])
def test_ranges_that_are_nobodys(session, name, rpc):
    place, status = RANGES[name]
    address, size = place(session)
    ranges, memory = [memory_pb2.MemoryRange(address=address, size=size)], session.daemon.memory
    read = memory_pb2.ReadMemoryRequest(session_token=session.token, ranges=ranges)
    write = memory_pb2.WriteMemoryRequest(session_token=session.token, ranges=ranges, zero=rpc == "zero")
    with pytest.raises(grpc.RpcError) as caught:
        list(memory.ReadMemory(read)) if rpc == "read" else memory.WriteMemory(iter([write]))
    assert caught.value.code() is status


@pytest.mark.parametrize("zone", [CODE, READONLY, LANES])
def test_only_data_is_written_to_on_request(session, zone):
    with pytest.raises(grpc.RpcError) as caught:
        session.write(at(session, zone), b"x")
    assert caught.value.code() is StatusCode.OUT_OF_RANGE


SLOTS = {
    "in code": (lambda s: (at(s, CODE), s.at["add"]), StatusCode.OUT_OF_RANGE),
    "in data": (lambda s: (at(s, DATA), s.at["add"]), StatusCode.OUT_OF_RANGE),
    "in the lanes": (lambda s: (at(s, LANES), s.at["add"]), StatusCode.OUT_OF_RANGE),
    "in read-only memory that nobody has": (lambda s: (end(s, READONLY) - 8, s.at["add"]), StatusCode.OUT_OF_RANGE),
    "at the end of what is live": (lambda s: (at(s, READONLY, 24), s.at["add"]), StatusCode.OUT_OF_RANGE),
    "at 0": (lambda s: (0, s.at["add"]), StatusCode.OUT_OF_RANGE),
    "that wraps": (lambda s: ((1 << 64) - 8, s.at["add"]), StatusCode.OUT_OF_RANGE),
    "that is not aligned": (lambda s: (at(s, READONLY, 4), s.at["add"]), StatusCode.INVALID_ARGUMENT),
    "to nothing": (lambda s: (at(s, READONLY), 0), StatusCode.INVALID_ARGUMENT),
    "to data": (lambda s: (at(s, READONLY), at(s, DATA)), StatusCode.INVALID_ARGUMENT),
    "to itself": (lambda s: (at(s, READONLY), at(s, READONLY)), StatusCode.INVALID_ARGUMENT),
    "to code that is not there": (lambda s: (at(s, READONLY), end(s, CODE) - 64), StatusCode.INVALID_ARGUMENT),
    "to the end of the world": (lambda s: (at(s, READONLY), (1 << 64) - 1), StatusCode.INVALID_ARGUMENT),
}


@pytest.fixture
def slots(session):
    """28 bytes of live read-only data, in which there are three slots."""
    number = session.load(READONLY, 0, bytes(28))
    yield
    session.deinitialize(number)


@pytest.mark.parametrize("name", SLOTS)
def test_slots_that_are_none(session, slots, name):
    """Also behind a good one, which then stays as it is."""
    place, status = SLOTS[name]
    for before in ([], [(at(session, READONLY), session.at["add"])]):
        with pytest.raises(grpc.RpcError, match=f"slot {len(before)}: ") as caught:
            session.write_slots(*before, place(session))
        assert caught.value.code() is status
        assert session.read(at(session, READONLY), 28) == bytes(28)


def test_slots_that_are_some(session, slots):
    session.write_slots(*[(at(session, READONLY, 8 * i), session.at["add"] + i) for i in range(3)])
    values = [(session.at["add"] + i).to_bytes(8, "little") for i in range(3)]
    assert session.read(at(session, READONLY), 28) == b"".join(values) + bytes(4)
    session.write_slots()


def test_slots_of_another_session(session, slots, other):
    """Another session's token reaches that session's memory alone, wherever this one's lies."""
    with pytest.raises(grpc.RpcError) as caught:
        session.write_slots((at(session, READONLY), session.at["add"]), token=other.token)
    assert caught.value.code() is StatusCode.OUT_OF_RANGE
    with pytest.raises(grpc.RpcError) as caught:
        session.write_slots((at(session, READONLY), session.at["add"]), token=bytes(16))
    assert caught.value.code() is StatusCode.NOT_FOUND
    assert session.read(at(session, READONLY), 28) == bytes(28)


def test_too_many_slots(session, slots):
    with pytest.raises(grpc.RpcError) as caught:
        session.write_slots(*[(at(session, READONLY), session.at["add"])] * 65537)
    assert caught.value.code() is StatusCode.INVALID_ARGUMENT


CALLS = {
    "nowhere": lambda s: (0x1234, 0),
    "null": lambda s: (0, 0),
    "in data": lambda s: (at(s, DATA), 0),
    "in read-only data": lambda s: (at(s, READONLY), 0),
    "in the lanes": lambda s: (at(s, LANES), 0),
    "in code that is not there": lambda s: (end(s, CODE) - 64, 0),
    "behind everything": lambda s: ((1 << 64) - 1, 0),
    "a function that is nowhere": lambda s: (s.at["adapter"], 0x1234),
    "a function in data": lambda s: (s.at["adapter"], at(s, DATA)),
}


@pytest.mark.parametrize("name", CALLS)
def test_calls_of_what_is_no_function_of_ours(session, name):
    entry, function = CALLS[name](session)
    begin = execution_pb2.ConverseRequest(begin=execution_pb2.ConverseRequest.Begin(session_token=session.token))
    call = execution_pb2.ConverseRequest(
        call=execution_pb2.ConverseRequest.Call(entry=entry, function=function, slots=bytes(16), result_size=8)
    )
    with pytest.raises(grpc.RpcError) as caught:
        list(session.daemon.execution.Converse(iter([begin, call]), timeout=20))
    assert caught.value.code() is StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize("ids", [[0], [2**63], [1, 1], list(range(1000)), [99]])
def test_allocations_that_there_are_not(session, ids):
    with pytest.raises(grpc.RpcError) as caught:
        session.deinitialize(*ids)
    assert caught.value.code() is StatusCode.NOT_FOUND


@pytest.mark.parametrize("names", [[""], ["a\0b"], ["fine", ""]])
def test_names_that_are_none(session, names):
    with pytest.raises(grpc.RpcError) as caught:
        session.lookup(*names)
    assert caught.value.code() in (StatusCode.INVALID_ARGUMENT, StatusCode.RESOURCE_EXHAUSTED)


def test_ends_that_are_none(session):
    for cause in (0, 1, 2, 99):
        request = execution_pb2.EndWorkerRequest(session_token=session.token, cause=cause)
        with pytest.raises(grpc.RpcError) as caught:
            session.daemon.execution.EndWorker(request)
        assert caught.value.code() is StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize(
    "fields",
    [
        {"reservation_size": 1},
        {"reservation_size": (1 << 64) - 1},
        {"lanes": 100_000},
        {"threads": 1 << 31},
        {"bootstrap_symbols": ["x" * 10_000]},
        {"bootstrap_symbols": ["x"] * 50_000},
    ],
)
def test_sessions_that_nobody_may_have(daemon, other, fields):
    with pytest.raises(grpc.RpcError) as caught:
        next(daemon.sessions.OpenSession(session_pb2.OpenSessionRequest(**fields), timeout=20))
    assert caught.value.code() in (StatusCode.INVALID_ARGUMENT, StatusCode.RESOURCE_EXHAUSTED)
    detail = dict(caught.value.trailing_metadata())["exclave-error-bin"]
    assert common_pb2.ErrorDetail.FromString(detail).reason
    assert other.call("add", 1, 2) == 3
