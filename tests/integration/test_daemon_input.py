"""Input, threads and zeroed memory of sessions of a real daemon."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import grpc
import pytest
from exclave.v1 import capabilities_pb2, common_pb2, execution_pb2, memory_pb2
from grpc import StatusCode
from support_daemon import Refused
from support_executor import CODE, DATA, Stream, process_gone, ranges_of, running_daemon, wait_until

IS_ROOT = os.geteuid() == 0
PAGE = os.sysconf("SC_PAGESIZE")


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    folder = tmp_path_factory.mktemp("i")
    folder.chmod(0o700)
    with running_daemon(folder, "--max-threads", "5") as running:
        yield running


@pytest.fixture
def running(daemon):
    with daemon.session() as session:
        yield session.start()


# Input


class Input(Stream):
    """A FeedInput."""

    def __init__(self, session, **fields) -> None:
        first = execution_pb2.FeedInputRequest(session_token=session.token, **fields)
        super().__init__(session.daemon.execution.FeedInput, first)

    def open(self):
        assert self.take().WhichOneof("response") == "opened"
        return self

    def feed(self, *chunks: bytes) -> None:
        for chunk in chunks:
            self.send(execution_pb2.FeedInputRequest(chunk=chunk))

    def finish(self) -> int:
        self.close()
        taken = self.take().finished.taken
        assert self.take() is None
        return taken


def read(session, most: int = 4096) -> bytes:
    address = session.zones[DATA].address
    count = session.call("read_input", address, most)
    assert count >= 0
    return session.read(address, count)


def read_all(session) -> bytes:
    content = bytearray()
    while part := read(session, 1 << 20):
        content += part
    return bytes(content)


def test_end_of_file_without_input(running):
    assert read(running) == b""
    assert read(running) == b""


def test_input_then_end_of_file_again_and_again(running):
    for content in (b"first", b"second"):
        with Input(running).open() as stdin:
            stdin.feed(content[:2], content[2:])
            assert stdin.finish() == len(content)
        assert read_all(running) == content
        assert read(running) == b""


def test_read_waits_for_input(running):
    with Input(running).open() as stdin, ThreadPoolExecutor(1) as pool:
        reader = pool.submit(read, running)
        stdin.feed(b"at last")
        assert reader.result(20) == b"at last"
        reader = pool.submit(read, running)
        assert stdin.finish() == 7
        assert reader.result(20) == b""


def test_more_than_the_pipe_holds(running):
    content = os.urandom(3 << 20)
    with Input(running).open() as stdin, ThreadPoolExecutor(1) as pool:
        reader = pool.submit(read_all, running)
        stdin.feed(*(content[i : i + (1 << 20)] for i in range(0, len(content), 1 << 20)))
        assert stdin.finish() == len(content)
        assert reader.result(20) == content


def test_what_was_not_read_is_gone_with_the_next(running):
    with Input(running).open() as stdin:
        stdin.feed(b"old")
        stdin.finish()
    with Input(running).open() as stdin:
        stdin.feed(b"new")
        stdin.finish()
    assert read_all(running) == b"new"


def test_one_input_at_a_time(running):
    with Input(running).open() as stdin:
        with Refused(StatusCode.FAILED_PRECONDITION, "INPUT_IN_USE"):
            Input(running).open()
        stdin.feed(b"x")
        assert stdin.finish() == 1
    assert read_all(running) == b"x"


def test_cancelled_input_is_end_of_file(running):
    with Input(running).open() as stdin:
        stdin.feed(bytes(1 << 20))
        assert wait_until(lambda: read(running, 10) == bytes(10))
        stdin.cancel()
    assert wait_until(lambda: _is_free(running))
    assert read_all(running) == b""
    assert running.call("add", 1, 2) == 3


def _is_free(session) -> bool:
    try:
        with Input(session).open() as stdin:
            return stdin.finish() == 0
    except grpc.RpcError:
        return False


@pytest.mark.parametrize("full", [False, True])
def test_worker_that_ends_ends_its_input(running, full):
    with Input(running).open() as stdin:
        if full:
            stdin.feed(bytes(1 << 20))
            assert wait_until(lambda: read(running, 10) == bytes(10))
        running.end_worker()
        with Refused(StatusCode.ABORTED, "WORKER_DIED") as refused:
            stdin.take()
    assert refused.detail.worker_exit.cause == common_pb2.EXIT_CAUSE_DEADLINE


def test_bad_input(daemon, running):
    for requests, reason in (
        ([], "NO_REQUEST"),
        ([{"session_token": running.token, "chunk": b"x"}], "NO_REQUEST"),
        ([{"session_token": running.token}, {"session_token": running.token}], "BAD_CHUNK"),
        ([{"session_token": running.token}, {"chunk": bytes((1 << 20) + 1)}], "BAD_CHUNK"),
    ):
        messages = [execution_pb2.FeedInputRequest(**request) for request in requests]
        with Refused(StatusCode.INVALID_ARGUMENT, reason):
            list(daemon.execution.FeedInput(iter(messages)))
    assert read(running) == b""


# Threads


def test_no_threads_without_asking(running):
    with Refused(StatusCode.ABORTED, "WORKER_DIED") as refused:
        running.call("many_threads", 1)
    assert refused.detail.worker_exit.cause == common_pb2.EXIT_CAUSE_SANDBOX


@pytest.mark.skipif(not IS_ROOT, reason="unprivileged, threads are counted with all others of the user")
@pytest.mark.parametrize("most", [1, 3])
def test_threads_up_to_the_number(daemon, most):
    with daemon.session(threads=most) as session:
        session.start()
        for _ in range(20):  # those that have ended are counted until the kernel has done with them
            assert wait_until(lambda: session.call("many_threads", most) == most)
        layers = {layer.name: layer.detail for layer in session.opened.sandbox}
        assert f"at most {most} threads" in layers["rlimits"]
        assert "threads" in layers["seccomp"]
        assert wait_until(lambda: session.call("many_threads", most + 1) == most)


@pytest.mark.parametrize("number", [57, 58, 435])
def test_threads_allow_no_processes(daemon, number):
    """fork and vfork end the worker; clone3 is answered with ENOSYS, whatever its flags."""
    with daemon.session(threads=1) as session:
        session.start()
        if number == 435:
            assert session.call("system", number, 0) == -1
            return
        with Refused(StatusCode.ABORTED, "WORKER_DIED") as refused:
            session.call("system", number, 0)
        assert refused.detail.worker_exit.cause == common_pb2.EXIT_CAUSE_SANDBOX


def test_threads_end_with_their_session(daemon):
    with daemon.session(threads=1) as session:
        session.start()
        with session.talk(dispatch=True) as dispatch, session.talk() as talk:
            talk.post("from_thread", session.dispatch_lane, 1)
            assert dispatch.answer().callback == 77
    assert process_gone(session.pid)


@pytest.mark.parametrize("count", [6, 2**32 - 1])
def test_too_many_threads(daemon, count):
    with Refused(StatusCode.INVALID_ARGUMENT, "MORE_THAN_ALLOWED"):
        daemon.session(threads=count).__enter__()


def test_limit_of_threads_is_told(daemon):
    assert daemon.capabilities.GetCapabilities(capabilities_pb2.GetCapabilitiesRequest()).limits.max_threads == 5


# Zero


def zero(session, address: int, size: int, *more) -> None:
    first = memory_pb2.WriteMemoryRequest(session_token=session.token, ranges=ranges_of((address, size)), zero=True)
    session.daemon.memory.WriteMemory(iter([first, *more]))


@pytest.mark.parametrize(
    ("offset", "size"), [(0, 0), (1, 5), (0, PAGE), (1, 3 * PAGE), (PAGE - 1, 2), (5 * PAGE, 2 * PAGE), (0, 10 * PAGE)]
)
def test_zero(running, offset, size):
    base = running.zones[DATA].address
    running.write(base, b"x" * 10 * PAGE)
    zero(running, base + offset, size)
    after = running.read(base, 10 * PAGE)
    assert after == b"x" * offset + bytes(size) + b"x" * (10 * PAGE - offset - size)


def test_bad_zero(running):
    data = running.zones[DATA]
    for address, size in (
        (running.zones[CODE].address, 8),
        (data.address - 1, 8),
        (data.address, data.size + 1),
        (0, 1),
    ):
        with Refused(StatusCode.OUT_OF_RANGE, "RANGE_NOT_IN_ZONE"):
            zero(running, address, size)
    running.write(data.address, b"keep")
    with Refused(StatusCode.INVALID_ARGUMENT, "CONTENT_WITH_ZERO"):
        zero(running, data.address, 4, memory_pb2.WriteMemoryRequest(chunk=b"x"))
    with Refused(StatusCode.INVALID_ARGUMENT, "TWO_TARGETS"):
        zero(running, data.address, 4, memory_pb2.WriteMemoryRequest(zero=True))
    assert running.read(data.address, 4) == b"keep"


def test_zero_of_several_ranges_is_all_or_nothing(running):
    data = running.zones[DATA].address
    running.write(data, b"x" * 100)
    ranges = [(data + 1, 2), (data + 50, 10)]
    for last in ([(data - 1, 4)], []):
        first = memory_pb2.WriteMemoryRequest(session_token=running.token, ranges=ranges_of(*ranges, *last), zero=True)
        with Refused(StatusCode.OUT_OF_RANGE, "RANGE_NOT_IN_ZONE") if last else nullcontext():
            running.daemon.memory.WriteMemory(iter([first]))
        expected = b"x" * 100 if last else b"x\0\0" + b"x" * 47 + bytes(10) + b"x" * 40
        assert running.read(data, 100) == expected


def test_zeroed_pages_are_given_back(running):
    data = running.zones[DATA]
    running.write(data.address, b"x" * (1 << 20))
    zero(running, data.address, data.size - (1 << 20))
    assert not any(running.read(data.address, 1 << 20))
    assert running.call("add", 1, 2) == 3
