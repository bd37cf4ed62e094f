"""Sessions of a real daemon, over gRPC, with a runtime of a few functions."""

from __future__ import annotations

import os
import re
import signal
import struct
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import grpc
import pytest
from exclave.executor.zones import DEFAULT_RESERVATION
from exclave.v1 import common_pb2, execution_pb2, memory_pb2, session_pb2
from grpc import StatusCode
from support_daemon import Refused
from support_executor import (
    CODE,
    DATA,
    LANES,
    READONLY,
    process_gone,
    ranges_of,
    running_daemon,
    wait_until,
)
from support_host_state import HostState
from support_plans import Action, Pair, plan_message, results_of

PAGE = os.sysconf("SC_PAGESIZE")
IS_ROOT = os.geteuid() == 0


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    folder = tmp_path_factory.mktemp("d")
    folder.chmod(0o700)
    with running_daemon(folder) as running:
        yield running


@pytest.fixture
def session(daemon):
    with daemon.session() as opened:
        yield opened


@pytest.fixture
def running(session):
    return session.start()


# Opening


def test_opened_says_where_everything_is(session):
    zones = [session.zones[zone] for zone in (CODE, READONLY, DATA, LANES)]
    for left, right in pairwise(zones):
        assert left.address + left.size == right.address
    assert sum(zone.size for zone in zones) == 64 << 20
    assert len(session.token) == 16
    assert session.bootstrap["no_such_symbol_anywhere"] == 0
    assert all(session.bootstrap[name] for name in ("stdout", "syscall", "printf"))


def test_bases_are_random(daemon):
    bases = set()
    for _ in range(4):
        with daemon.session() as session:
            bases.add(session.zones[CODE].address)
    assert len(bases) == 4


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"reservation": 4096}, "BAD_RESERVATION"),
        ({"reservation": 1 << 40}, "BAD_RESERVATION"),
        ({"reservation": 2**64 - 1}, "BAD_RESERVATION"),
        ({"lanes": 65}, "BAD_LANES"),
        ({"reservation": 1 << 20, "lanes": 60}, "BAD_RESERVATION"),
        ({"symbols": ["a\0b"]}, "BAD_SYMBOL_NAME"),
        ({"symbols": [""]}, "BAD_SYMBOL_NAME"),
        ({"symbols": ["x" * 8000] * 10}, "TOO_MANY_SYMBOLS"),
    ],
)
def test_bad_requests_to_open(daemon, fields, reason):
    with Refused(StatusCode.INVALID_ARGUMENT, reason):
        daemon.session(**fields).__enter__()


def test_defaults(daemon):
    with daemon.session(reservation=0, lanes=0) as session:
        assert sum(zone.size for zone in session.zones.values()) == DEFAULT_RESERVATION
        assert session.zones[LANES].size == 7 * 65536


# The worker's process


@pytest.mark.skipif(not IS_ROOT, reason="only root may look at a worker, which is not dumpable")
class TestWorkerProcess:
    def test_views(self, running):
        mapped = {}
        for line in Path(f"/proc/{running.pid}/maps").read_text().splitlines():
            flags = line.split()[1]
            assert "wx" not in flags
            if found := re.search(r"memfd:exclave-(\w+)", line):
                mapped[found[1]] = flags
        assert mapped == {"code": "r-xs", "readonly": "r--s", "data": "rw-s", "lanes": "rw-s"}

    def test_descriptors(self, running):
        links = {path.name: str(path.readlink()) for path in Path(f"/proc/{running.pid}/fd").iterdir()}
        assert set(links) == {"0", "1", "2"}
        assert all(link.startswith("pipe:") for link in links.values())
        assert len(set(links.values())) == 3

    def test_status(self, running, daemon):
        text = Path(f"/proc/{running.pid}/status").read_text()
        status = dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)
        assert status["NoNewPrivs"] == "1"
        assert status["Seccomp"] == "2"
        assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0
        assert status["Uid"].split()[0] not in ("0", str(os.geteuid()))
        assert int(status["Threads"]) == 3
        for task in Path(f"/proc/{running.pid}/task").iterdir():
            assert "Seccomp:\t2" in (task / "status").read_text()

    def test_environment(self, running):
        environment = Path(f"/proc/{running.pid}/environ").read_bytes()
        assert environment.strip(b"\0") == b""

    def test_sessions_have_users_of_their_own(self, daemon):
        with daemon.session() as one, daemon.session() as two:
            texts = [Path(f"/proc/{session.pid}/status").read_text() for session in (one, two)]
            assert len({text.split("Uid:\t")[1].split()[0] for text in texts}) == 2


def test_views_of_the_daemon_are_inaccessible(daemon, running):
    running.write(running.zones[DATA].address, b"x" * 10000)
    running.read(running.zones[CODE].address, 1 << 20)
    flags = set()
    for line in Path(f"/proc/{daemon.process.pid}/maps").read_text().splitlines():
        if found := re.search(r"memfd:exclave-(\w+)", line):
            flags.add((found[1] if found[1] in ("lanes", "output") else "other", line.split()[1]))
    assert flags == {("other", "---s"), ("lanes", "rw-s"), ("output", "rw-s")}


@pytest.mark.parametrize("zone", [CODE, READONLY])
@pytest.mark.parametrize("protection", [3, 7])
def test_views_cannot_be_raised(running, zone, protection):
    """With protection 3 the filter lets the call pass, and the kernel refuses; with 7 the filter ends it."""
    target = running.zones[zone].address + PAGE
    if protection == 3:
        assert running.call("protect", target, 3) == -1
        return
    with Refused(StatusCode.ABORTED, "WORKER_DIED") as refused:
        running.call("protect", target, 7)
    assert refused.detail.worker_exit.cause == common_pb2.EXIT_CAUSE_SANDBOX


def test_views_cannot_be_unmapped(running):
    layers = {layer.name: layer.active for layer in running.opened.sandbox}
    if not layers["mseal"]:
        pytest.skip("this kernel has no mseal")
    assert running.call("unmap", running.zones[CODE].address, PAGE) == -1
    assert running.call("add", 1, 2) == 3


# Memory


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


# Alloc actions


def action(function: int = 0, *arguments: int, checked: bool = False):
    return Action(function, arguments, checked)


def pair(finalize, dealloc=None):
    return Pair(finalize, dealloc or Action())


class TestActions:
    @pytest.fixture
    def note(self, running):
        """Makes pairs that note a number in a log in the data zone."""
        log = running.zones[DATA].address + (1 << 20)

        def make(value: int, undo: int = 0, checked: bool = False):
            at = running.at["note"]
            return pair(action(at, log, value, checked=checked), action(at, log, undo) if undo else None)

        def entries() -> list[int]:
            (count,) = struct.unpack("<Q", running.read(log, 8))
            return list(struct.unpack(f"<{count}Q", running.read(log + 8, 8 * count)))

        make.entries = entries
        return make

    def test_in_order_and_back(self, running, note):
        allocations = [
            ([(DATA, 0, 8, 0)], [note(1, 101), pair(action()), note(2, 102)]),
            ([(DATA, 8, 8, 0)], [note(3, 103)]),
        ]
        one, two = running.initialize(allocations)
        assert note.entries() == [1, 2, 3]
        assert running.deinitialize(two.allocation_id, one.allocation_id) == []
        assert note.entries() == [1, 2, 3, 103, 102, 101]

    def test_failed_allocation_is_undone_alone(self, running, note):
        allocations = [
            ([(DATA, 0, 8, 0)], [note(1)]),
            ([(DATA, 8, 8, 0)], [note(2, 102), note(3, 103), note(7, 107, checked=True), note(4)]),
            ([(DATA, 16, 8, 0)], [note(5, 105)]),
        ]
        one, two, three = running.initialize(allocations)
        assert note.entries() == [1, 2, 3, 7, 103, 102, 5]
        assert (two.allocation_id, one.failure, three.failure) == (0, "", "")
        assert "returned 7" in two.failure
        assert running.load(DATA, 8, b"12345678") > 0
        with Refused(StatusCode.INVALID_ARGUMENT, "SEGMENT_OVERLAP"):
            running.load(DATA, 16, b"12345678")

    def test_more_than_one_wake_up_holds(self, running, note):
        pairs = [note(i + 1) for i in range(3000)]
        (result,) = running.initialize([([(DATA, 0, 8, 0)], pairs)])
        assert result.allocation_id
        assert note.entries() == list(range(1, 3001))

    def test_code_of_the_plan_itself(self, running):
        code = b"\x31\xc0\xc3"  # xor eax, eax; ret
        address = running.zones[CODE].address + 4 * PAGE
        checked = [pair(action(address, checked=True))]
        (result,) = running.initialize([([(CODE, 4 * PAGE, 3, 3)], checked)], code)
        assert result.failure == ""

    def test_failed_dealloc_is_told_and_the_rest_runs(self, running, note):
        bad = Pair(dealloc=note(9, checked=True).finalize)
        (result,) = running.initialize([([(DATA, 0, 8, 0)], [note(1, 101), bad, note(2, 102)])])
        (failure,) = running.deinitialize(result.allocation_id)
        assert "returned 9" in failure
        assert note.entries() == [1, 2, 102, 9, 101]
        assert running.load(DATA, 0, b"12345678") > 0

    def test_close_runs_what_is_left_in_reverse(self, running, note):
        running.initialize([([(DATA, 0, 8, 0)], [note(1)])])
        text = b"one"
        address = running.zones[DATA].address
        running.write(address, text + b"\0")
        printing = [pair(action(), action(running.at["print"], address, n)) for n in (1, 2)]
        running.initialize([([(DATA, 64, 8, 0)], printing[:1]), ([(DATA, 128, 8, 0)], printing[1:])])
        request = session_pb2.CloseSessionRequest(session_token=running.token)
        assert list(running.daemon.sessions.CloseSession(request).failures) == []
        assert running.wait_exit() is None
        assert running.output == b"one\n" * 3
        with Refused(StatusCode.NOT_FOUND, "NO_SUCH_SESSION"):
            running.call("add", 1, 2)

    def test_function_that_is_no_code(self, running):
        for function in (1, running.zones[DATA].address, running.zones[CODE].address + (1 << 20)):
            for bad in (pair(action(function)), pair(action(), action(function))):
                with Refused(StatusCode.INVALID_ARGUMENT, "NOT_CODE"):
                    running.initialize([([(DATA, 0, 8, 0)], [bad])])
        with Refused(StatusCode.INVALID_ARGUMENT, "TOO_MANY_ARGUMENTS"):
            running.initialize([([(DATA, 0, 8, 0)], [pair(action(running.at["note"], 1, 2, 3, 4, 5))])])
        assert running.load(DATA, 0, b"12345678") > 0

    def test_without_a_runtime(self, session):
        with Refused(StatusCode.FAILED_PRECONDITION, "RUNTIME_NOT_STARTED"):
            session.initialize([([(DATA, 0, 8, 0)], [pair(action(session.bootstrap["puts"]))])])

    def test_crash_in_an_action(self, running):
        bad = pair(action(running.at["poke"], 8, 1))
        with Refused(StatusCode.ABORTED, "WORKER_DIED") as refused:
            running.initialize([([(DATA, 0, 8, 0)], [bad])])
        assert refused.detail.worker_exit.signal == signal.SIGSEGV


# Execution


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


# Ends of workers


@pytest.mark.parametrize(
    ("function", "arguments", "cause", "number", "code"),
    [
        ("poke", (8, 1), common_pb2.EXIT_CAUSE_SIGNAL, signal.SIGSEGV, 0),
        ("system", (57, 0), common_pb2.EXIT_CAUSE_SANDBOX, signal.SIGSYS, 0),
        ("system", (231, 3), common_pb2.EXIT_CAUSE_EXIT, 0, 3),
        ("system", (231, 0), common_pb2.EXIT_CAUSE_EXIT, 0, 0),
    ],
)
def test_worker_that_ends_by_itself(running, function, arguments, cause, number, code):
    with Refused(StatusCode.ABORTED, "WORKER_DIED") as refused:
        running.call(function, *arguments)
    gone = refused.detail.worker_exit
    assert (gone.cause, gone.signal, gone.exit_code) == (cause, number, code)
    assert running.wait_exit() == gone
    assert process_gone(running.pid)
    with Refused(StatusCode.FAILED_PRECONDITION, "WORKER_GONE") as refused:
        running.call("add", 1, 2)
    assert refused.detail.worker_exit == gone


def test_output_before_a_crash_is_delivered(running):
    text = running.zones[DATA].address
    running.write(text, b"last words\0")
    running.call("print", text, 3)
    with Refused(StatusCode.ABORTED, "WORKER_DIED"):
        running.call("poke", 8, 1)
    assert running.wait_exit().signal == signal.SIGSEGV
    assert running.output == b"last words\n" * 3


def test_death_wakes_all_waiters(running):
    with ThreadPoolExecutor(8) as pool:
        waiters = [pool.submit(running.call, "forever", timeout=60) for _ in range(2)]
        waiters += [pool.submit(running.call, "add", 1, 2, timeout=60) for _ in range(3)]
        os.kill(running.pid, signal.SIGKILL)
        codes = {waiter.exception().code() for waiter in waiters if waiter.exception()}
    assert codes <= {StatusCode.ABORTED, StatusCode.FAILED_PRECONDITION}
    assert codes


def test_deadline_ends_the_worker(running):
    with Refused(StatusCode.DEADLINE_EXCEEDED, "CALL_DEADLINE") as refused:
        running.call("forever", timeout=0.05)
    assert refused.detail.worker_exit.cause == common_pb2.EXIT_CAUSE_DEADLINE
    assert process_gone(running.pid)
    assert running.wait_exit().cause == common_pb2.EXIT_CAUSE_DEADLINE


def test_deadline_while_waiting_for_a_lane_ends_nobody(running):
    counter = running.zones[DATA].address
    with ThreadPoolExecutor(2) as pool:
        calls = [pool.submit(running.call, "meet", counter, 3, timeout=60) for _ in range(2)]
        assert wait_until(lambda: running.read(counter, 1) == b"\2")
        with Refused(StatusCode.DEADLINE_EXCEEDED, "NO_FREE_LANE") as refused:
            running.send(running.request("add", 1, 2), wait=0.05)
        assert not refused.detail.HasField("worker_exit")
        running.write(counter, b"\3")
        assert [call.result() for call in calls] == [3, 3]


def test_grpc_deadline_ends_the_worker(running):
    with pytest.raises(grpc.RpcError) as caught:
        running.send(running.request("forever"), timeout=0.2)
    assert caught.value.code() == StatusCode.DEADLINE_EXCEEDED
    assert process_gone(running.pid)


def test_end_of_the_lease_ends_the_session(daemon):
    with daemon.session() as session:
        session.start()
    assert process_gone(session.pid)
    assert wait_until(lambda: _code_of(session) == StatusCode.NOT_FOUND)


def _code_of(session) -> StatusCode:
    try:
        session.call("add", 1, 2)
    except grpc.RpcError as error:
        return error.code()
    return StatusCode.OK


CLIENT = """
import sys
sys.path[:0] = {path!r}
from support_executor import Daemon
context = Daemon(None, {address!r}).session()
session = context.__enter__()
session.start()
print(session.pid, flush=True)
session.call("forever")
"""


def test_killed_client_ends_the_session(daemon):
    program = CLIENT.format(path=sys.path, address=daemon.address)
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as client:
        pid = int(client.stdout.readline())
        client.kill()
        assert process_gone(pid)


# Hostile workers, strangers


@pytest.mark.parametrize(("entry", "value"), [("scribble", 77), ("scribble", 0x80000001), ("pester", 0)])
def test_worker_that_breaks_the_protocol(running, entry, value):
    with Refused(StatusCode.ABORTED, "WORKER_DIED") as refused:
        running.call("add", value, entry=entry)
    assert refused.detail.worker_exit.cause == common_pb2.EXIT_CAUSE_PROTOCOL


def test_worker_that_replies_early(running):
    """The reply counts; the next call finds the lane's thread busy for ever and ends with its deadline."""
    running.call_raw("add", 1, entry="scribble")
    with Refused(StatusCode.DEADLINE_EXCEEDED, "CALL_DEADLINE"):
        running.call("add", 1, 2, timeout=0.05)


@pytest.mark.parametrize("token", [b"", b"x", b"x" * 16, b"x" * 17])
def test_wrong_token(daemon, running, token):
    calls = [
        lambda: list(daemon.execution.Converse(iter([execution_pb2.ConverseRequest(begin={"session_token": token})]))),
        lambda: daemon.execution.EndWorker(execution_pb2.EndWorkerRequest(session_token=token)),
        lambda: daemon.execution.DrainOutput(execution_pb2.DrainOutputRequest(session_token=token)),
        lambda: list(daemon.execution.FeedInput(iter([execution_pb2.FeedInputRequest(session_token=token)]))),
        lambda: daemon.execution.StartRuntime(execution_pb2.StartRuntimeRequest(session_token=token)),
        lambda: daemon.execution.LookupSymbols(execution_pb2.LookupSymbolsRequest(session_token=token)),
        lambda: daemon.memory.Deinitialize(memory_pb2.DeinitializeRequest(session_token=token)),
        lambda: list(daemon.memory.ReadMemory(memory_pb2.ReadMemoryRequest(session_token=token))),
        lambda: daemon.memory.WriteMemory(iter([memory_pb2.WriteMemoryRequest(session_token=token)])),
        lambda: running.initialize([], token=token or b"\0"),
        lambda: daemon.sessions.CloseSession(session_pb2.CloseSessionRequest(session_token=token)),
    ]
    for call in calls:
        with Refused(StatusCode.NOT_FOUND, "NO_SUCH_SESSION"):
            call()


def test_sessions_do_not_see_each_other(daemon):
    with daemon.session() as one, daemon.session() as two:
        one.start()
        two.start()
        one.load(DATA, 0, b"secret!!")
        assert two.read(two.zones[DATA].address, 8) == bytes(8)
        with Refused(StatusCode.NOT_FOUND, "NO_SUCH_ALLOCATION"):
            two.deinitialize(99)
        with pytest.raises(grpc.RpcError):
            one.call("poke", 8, 1)
        assert two.call("add", 1, 2) == 3


# Nothing is left


def test_nothing_leaks(tmp_path):
    tmp_path.chmod(0o700)
    with running_daemon(tmp_path, "--log-level", "warning", stderr=subprocess.DEVNULL) as daemon:
        with daemon.session() as session:
            session.start()
        before = HostState.settled(daemon.process.pid)
        for i in range(20):
            with daemon.session() as session:
                session.start()
                if i % 3 == 0:
                    with pytest.raises(grpc.RpcError):
                        session.call("poke", 8, 1)
        before.expect_again()
