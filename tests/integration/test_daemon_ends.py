"""How a real daemon's workers end: by themselves, by a deadline, with their client, or for breaking the protocol."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from exclave.v1 import common_pb2
from grpc import StatusCode
from support_daemon import Refused
from support_executor import DATA, process_gone, wait_until


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
