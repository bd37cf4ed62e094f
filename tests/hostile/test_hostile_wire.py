"""Hostile clients: requests that lie, streams that do not end, bytes that are no protocol; each with its outcome.

Afterwards the daemon holds what it held before, and another session works as if nothing had been.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from exclave.v1 import common_pb2, execution_pb2, memory_pb2, session_pb2
from grpc import StatusCode
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from support_executor import CODE, DATA, LANES, READONLY, Daemon, running, start_process, wait_until
from support_host_state import HostState
from support_plans import Action, Pair, plan_message

MIB = 1 << 20
GARBAGE = random.Random(7)


@pytest.fixture(scope="module")
def daemon():
    process, address = start_process(["--listen", "127.0.0.1:0", "--stream-timeout", "0.5"], stderr=subprocess.PIPE)
    with running(process, address) as handle:
        with handle.session() as first:
            first.start()
        before = HostState.settled(process.pid)
        yield handle
        with handle.session() as last:
            last.start()  # so the spare worker is one as before
        before.expect_again(threads=64)  # the server keeps threads that a storm has made


@pytest.fixture(scope="module")
def other(daemon):
    """A session that must not notice anything."""
    with daemon.session() as opened:
        opened.start()
        yield opened


@pytest.fixture
def session(daemon, other):
    """Its own and fresh; in the end it still works, and so does the other."""
    with daemon.session() as opened:
        opened.start()
        yield opened
        assert opened.call("add", 1, 2) == 3
    assert other.call("add", 3, 4) == 7


def plan(session, *segments, content=b"", actions=()):
    """An Initialize of (address, size, content_size, zone)."""
    message = plan_message(session.token, [(segments, actions)], os.urandom(16))
    return [memory_pb2.InitializeRequest(plan=message, chunk=content)]


def uneven(session, spoil):
    """A plan that is right but for one column."""
    requests = plan(session, (at(session, DATA), 16, 0, DATA), actions=[Pair(Action(session.at["add"], [1, 2]))])
    spoil(requests[0].plan)
    return requests


def initialize(session, requests):
    return session.daemon.memory.Initialize(iter(requests), timeout=20)


def at(session, zone, offset=0):
    return session.zones[zone].address + offset


def end(session, zone):
    return session.zones[zone].address + session.zones[zone].size


def action(function):
    return Pair(Action(function))


PLANS = {
    "no segment has a size": lambda s: plan(s, (at(s, DATA), 0, 0, DATA)),
    "outside of its zone": lambda s: plan(s, (end(s, DATA), 16, 16, DATA), content=bytes(16)),
    "across the end of its zone": lambda s: plan(s, (end(s, DATA) - 8, 16, 16, DATA), content=bytes(16)),
    "before its zone": lambda s: plan(s, (at(s, CODE) - 8, 16, 16, CODE), content=bytes(16)),
    "of another zone": lambda s: plan(s, (at(s, CODE, 1 << 20), 16, 16, DATA), content=bytes(16)),
    "data as code": lambda s: plan(s, (at(s, DATA), 16, 16, CODE), content=bytes(16)),
    "read-only data as data": lambda s: plan(s, (at(s, READONLY), 16, 16, DATA), content=bytes(16)),
    "in the lanes": lambda s: plan(s, (at(s, LANES), 16, 16, LANES), content=bytes(16)),
    "of no zone": lambda s: plan(s, (at(s, DATA), 16, 16, 0), content=bytes(16)),
    "of a zone that is none": lambda s: plan(s, (at(s, DATA), 16, 16, 77), content=bytes(16)),
    "at 0": lambda s: plan(s, (0, 16, 16, DATA), content=bytes(16)),
    "that wraps": lambda s: plan(s, ((1 << 64) - 4096, 8192, 16, DATA), content=bytes(16)),
    "as large as all addresses": lambda s: plan(s, (at(s, DATA), (1 << 64) - 1, 16, DATA), content=bytes(16)),
    "with more content than size": lambda s: plan(s, (at(s, DATA), 16, 17, DATA), content=bytes(17)),
    "over the session runtime": lambda s: plan(s, (at(s, CODE), 16, 16, CODE), content=bytes(16)),
    "twice the same": lambda s: plan(s, *[(at(s, DATA), 16, 16, DATA)] * 2, content=bytes(32)),
    "one over the other": lambda s: plan(s, (at(s, DATA), 32, 8, DATA), (at(s, DATA, 31), 8, 8, DATA), content=bytes(16)),
    "less content than was said": lambda s: plan(s, (at(s, DATA), 64, 64, DATA), content=bytes(63)),
    "more content than was said": lambda s: plan(s, (at(s, DATA), 64, 64, DATA), content=bytes(65)),
    "an action that is nowhere": lambda s: plan(s, (at(s, DATA), 16, 0, DATA), actions=[action(0x1234)]),
    "an action in data": lambda s: plan(s, (at(s, DATA), 16, 0, DATA), actions=[action(at(s, DATA))]),
    "an action of a million arguments": lambda s: plan(
        s,
        (at(s, DATA), 16, 0, DATA),
        actions=[Pair(Action(s.at["add"], range(100_000)))],
    ),
    "uneven segments": lambda s: uneven(s, lambda plan: plan.segments.sizes.append(8)),
    "a segment that says no zone": lambda s: uneven(s, lambda plan: plan.segments.zones.pop()),
    "content sizes of nothing": lambda s: uneven(s, lambda plan: plan.segments.content_sizes.append(8)),
    "segments that there are not": lambda s: uneven(s, lambda plan: plan.segment_counts.append(0xFFFFFFFF)),
    "actions that there are not": lambda s: uneven(s, lambda plan: plan.pair_counts.append(0xFFFFFFFF)),
    "pairs of no allocation": lambda s: uneven(s, lambda plan: plan.pair_counts.append(0)),
    "an action without its undoing": lambda s: uneven(s, lambda plan: plan.dealloc.functions.pop()),
    "deferred nothing": lambda s: uneven(s, lambda plan: plan.deferred.append(True)),
    "arguments that there are not": lambda s: uneven(s, lambda plan: plan.finalize.arguments.pop()),
    "arguments of nobody": lambda s: uneven(s, lambda plan: plan.dealloc.arguments.append(1)),
    "actions unchecked and checked": lambda s: uneven(s, lambda plan: plan.finalize.checked.append(True)),
    "too many actions": lambda s: plan(s, (at(s, DATA), 16, 0, DATA), actions=[action(s.at["add"])] * 66_000) * 4,
    "too many allocations": lambda s: [uneven(s, lambda plan: plan.segment_counts.extend([0] * 200_000))[0]] * 2,
    "too many arguments": lambda s: [uneven(s, lambda plan: plan.dealloc.arguments.extend([1] * 300_000))[0]] * 4,
    "a key without end": lambda s: [
        memory_pb2.InitializeRequest(
            plan=memory_pb2.InitializePlan(session_token=s.token, idempotency_key=bytes(1 << 20))
        )
    ],
    "a plan behind content": lambda s: plan(s, (at(s, DATA), 16, 16, DATA), content=bytes(8)) * 2,
    "content before the plan": lambda s: [memory_pb2.InitializeRequest(chunk=b"x"), *plan(s, (at(s, DATA), 8, 8, DATA))],
    "a chunk that is too large": lambda s: [
        *plan(s, (at(s, DATA), 4 * MIB, 2 * MIB, DATA)),
        memory_pb2.InitializeRequest(chunk=bytes(MIB + 1)),
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", PLANS)
def test_plans_that_are_refused_and_leave_nothing(session, name):
    with pytest.raises(grpc.RpcError) as caught:
        initialize(session, PLANS[name](session))
    assert caught.value.code() is StatusCode.INVALID_ARGUMENT
    assert caught.value.details()
    session.load(DATA, 0, b"the range is free")


OF_SEVERAL = ("a plan behind content", "content before the plan", *[name for name in PLANS if "too many" in name])


@pytest.mark.parametrize("name", [name for name in PLANS if name not in OF_SEVERAL])
def test_plans_that_are_refused_at_once_and_leave_nothing(session, name):
    """The same in one message; what is only about the order of messages does not apply."""
    requests = PLANS[name](session)
    content = b"".join(request.chunk for request in requests)
    message = memory_pb2.InitializeAtOnceRequest(plan=requests[0].plan, content=content)
    with pytest.raises(grpc.RpcError) as caught:
        session.daemon.memory.InitializeAtOnce(message, timeout=20)
    assert caught.value.code() is StatusCode.INVALID_ARGUMENT
    assert caught.value.details()
    session.load(DATA, 0, b"the range is free")


def test_an_initialize_at_once_without_a_plan(session):
    with pytest.raises(grpc.RpcError) as caught:
        session.daemon.memory.InitializeAtOnce(memory_pb2.InitializeAtOnceRequest(content=b"x"), timeout=20)
    assert caught.value.code() is StatusCode.INVALID_ARGUMENT


def test_very_many_segments(session):
    """As many as fit a message: refused or taken, but in time."""
    segments = [(at(session, DATA, 64 * i), 64, 0, DATA) for i in range(80_000)]
    with pytest.raises(grpc.RpcError) as caught:
        initialize(session, plan(session, *segments, (at(session, DATA), 8, 0, DATA)))
    assert caught.value.code() in (StatusCode.INVALID_ARGUMENT, StatusCode.RESOURCE_EXHAUSTED)


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


def test_a_message_that_is_too_large(session):
    request = memory_pb2.WriteMemoryRequest(session_token=session.token, chunk=bytes(5 * MIB))
    with pytest.raises(grpc.RpcError) as caught:
        session.daemon.memory.WriteMemory(iter([request]))
    assert caught.value.code() is StatusCode.RESOURCE_EXHAUSTED


def test_metadata_that_is_too_large(session):
    with pytest.raises(grpc.RpcError) as caught:
        session.daemon.execution.DrainOutput(
            execution_pb2.DrainOutputRequest(session_token=session.token), metadata=(("x", "x" * 20_000),)
        )
    assert caught.value.code() is StatusCode.RESOURCE_EXHAUSTED


@pytest.mark.parametrize(
    "method", ["MemoryService/Initialize", "SessionService/CloseSession", "ExecutionService/Converse"]
)
def test_bytes_that_are_no_message(session, method):
    call = session.daemon.channel.stream_stream(f"/exclave.v1.{method}")
    with pytest.raises(grpc.RpcError) as caught:
        list(call(iter([GARBAGE.randbytes(200)]), timeout=20))
    assert caught.value.code() in (
        StatusCode.INTERNAL,
        StatusCode.UNKNOWN,
        StatusCode.INVALID_ARGUMENT,
        StatusCode.NOT_FOUND,
    )


@pytest.mark.parametrize("method", ["/exclave.v1.MemoryService/Nothing", "/nothing.at/All", "/", "/x"])
def test_methods_that_there_are_not(session, method):
    with pytest.raises(grpc.RpcError) as caught:
        session.daemon.channel.unary_unary(method)(b"", timeout=20)
    assert caught.value.code() is StatusCode.UNIMPLEMENTED


def test_reflection_is_no_way_to_exhaust_it(session):
    stub = reflection_pb2_grpc.ServerReflectionStub(session.daemon.channel)
    requests = [reflection_pb2.ServerReflectionRequest(file_containing_symbol="x" * 1000)] * 2000
    assert len(list(stub.ServerReflectionInfo(iter(requests), timeout=20))) == 2000


def silent(first, over):
    yield from first
    over.wait(30)


@pytest.mark.parametrize("count", [0, 1])
@pytest.mark.parametrize("rpc", ["Initialize", "WriteMemory"])
def test_half_a_stream_and_then_silence(session, rpc, count):
    """Ended after the executor's --stream-timeout; what was begun is undone."""
    over = threading.Event()
    if rpc == "Initialize":
        first = plan(session, (at(session, DATA), 4096, 4096, DATA), content=bytes(8))
    else:
        ranges = [memory_pb2.MemoryRange(address=at(session, DATA), size=100)]
        first = [memory_pb2.WriteMemoryRequest(session_token=session.token, ranges=ranges, chunk=b"x")]
    try:
        with pytest.raises(grpc.RpcError) as caught:
            getattr(session.daemon.memory, rpc)(silent(first[:count], over), timeout=20)
        assert caught.value.code() is not StatusCode.DEADLINE_EXCEEDED
    finally:
        over.set()
    wait_until(lambda: session.load(DATA, 0, b"free again"))


def test_a_storm_of_deadlines(session):
    """Requests whose time is over before they come."""

    def ask(number):
        try:
            session.daemon.execution.DrainOutput(
                execution_pb2.DrainOutputRequest(session_token=session.token), timeout=0.0005 * (number % 4)
            )
        except grpc.RpcError as error:
            return error.code()
        return StatusCode.OK

    with ThreadPoolExecutor(16) as threads:
        codes = set(threads.map(ask, range(600)))
    assert codes <= {StatusCode.OK, StatusCode.DEADLINE_EXCEEDED}


def test_a_storm_of_cancelled_calls(session):
    """Streams that are opened and thrown away at once give their lanes back."""
    for _ in range(100):
        begin = execution_pb2.ConverseRequest(begin=execution_pb2.ConverseRequest.Begin(session_token=session.token))
        call = session.daemon.execution.Converse(silent([begin], threading.Event()))
        call.cancel()


def address_of(daemon):
    host, _, port = daemon.address.rpartition(":")
    return host, int(port)


BYTES = {
    "HTTP/1": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "half a TLS hello": bytes.fromhex("16030100a5010000a10303"),
    "the preface and garbage": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + GARBAGE.randbytes(4000),
    "a frame without end": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\xff\xff\xff\x00\x00\x00\x00\x00\x01",
    "settings without end": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0" * 2000,
    "noise": GARBAGE.randbytes(20_000),
    "zeros": bytes(20_000),
    "nothing": b"",
}


@pytest.mark.parametrize("name", BYTES)
def test_bytes_that_are_no_protocol(session, name):
    with socket.create_connection(address_of(session.daemon), 5) as connection:
        try:
            connection.sendall(BYTES[name])
            connection.settimeout(0.2)
            while connection.recv(65536):
                pass
        except OSError:
            pass  # it hung up, or waits for more: both are fine
    assert session.call("add", 5, 6) == 11


def test_two_hundred_silent_connections(session):
    connections = [socket.create_connection(address_of(session.daemon), 5) for _ in range(200)]
    try:
        fresh = Daemon(session.daemon.process, session.daemon.address)
        with fresh.channel, fresh.session() as opened:
            opened.start()
            assert opened.call("add", 1, 1) == 2
    finally:
        for connection in connections:
            connection.close()


CLIENT = """
import sys
from exclave.controller import connect
session = connect(sys.argv[1]).session()
print(session.opened.worker_pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_a_client_that_vanishes_loses_its_session(how):
    """Killed: at once. Stopped, as if its packets were lost: within --client-timeout."""
    process, address = start_process(["--listen", "127.0.0.1:0", "--client-timeout", "1.5"], stderr=subprocess.PIPE)
    with running(process, address):
        command = [sys.executable, "-c", CLIENT, address]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as client:
            worker = int(client.stdout.readline())
            os.kill(client.pid, how)
            try:
                wait_until(lambda: not os.path.exists(f"/proc/{worker}"), 15)  # noqa: PTH110
            finally:
                client.kill()


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
