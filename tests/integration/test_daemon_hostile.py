"""Workers that lie on their lanes: each ends with its session; the daemon and all other sessions go on."""

from __future__ import annotations

import struct

import grpc
import pytest
from exclave.v1 import common_pb2
from grpc import StatusCode
from support_daemon import Refused
from support_executor import DATA, LANES, process_gone, running_daemon
from support_plans import Action, Pair

PROTOCOL = common_pb2.EXIT_CAUSE_PROTOCOL
RETURNED, EXITED, CALLBACK, UNWOUND, NO_ROOM = range(5)


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    folder = tmp_path_factory.mktemp("h")
    folder.chmod(0o700)
    with running_daemon(folder) as running:
        yield running


@pytest.fixture
def running(daemon):
    with daemon.session() as session:
        yield session.start()


@pytest.fixture
def talk(running):
    with running.talk() as opened:
        yield opened


@pytest.fixture
def dispatch(running):
    with running.talk(dispatch=True) as opened:
        yield opened


def lie(status: int, code: int = 0, callback: int = 0, offset: int = 0x110, size: int = 8, off: int = 0) -> bytes:
    return struct.pack("<IIQIIII", status, code, callback, offset, size, off % 2**32, 0)


@pytest.fixture
def other(daemon):
    """Another session, which must not notice anything."""
    with daemon.session() as session:
        session.start()
        yield session
        assert session.call("add", 1, 2) == 3


@pytest.mark.parametrize(
    "words",
    [
        lie(UNWOUND), lie(5), lie(0xFFFFFFFF), lie(RETURNED, off=1), lie(RETURNED, off=-3), lie(RETURNED, off=2**31),
        lie(CALLBACK, offset=0), lie(CALLBACK, offset=0x100), lie(CALLBACK, offset=0xFFFFFFFF),
        lie(CALLBACK, offset=0x121), lie(CALLBACK, offset=0x10000, size=1), lie(CALLBACK, offset=0xFFFF0000),
        lie(CALLBACK, offset=0x120, size=0xFFFFFFFF), lie(CALLBACK, offset=0xFFF0, size=17),
    ],
    ids=lambda words: words[:28].hex(),
)  # fmt: skip
def test_lies(running, other, words):
    with Refused(StatusCode.ABORTED, "WORKER_DIED") as refused:
        running.call_raw("add", entry="lie", slots=words, timeout=20)
    assert refused.detail.worker_exit.cause == PROTOCOL


def test_callbacks_without_end_are_bounded_by_the_deadline(running, other, talk):
    talk.post("add", entry="lie", slots=lie(CALLBACK, callback=7, offset=0x120), timeout=0.5)
    assert talk.answer().callback == 7
    with Refused(StatusCode.DEADLINE_EXCEEDED, "CALL_DEADLINE"):
        while True:
            talk.resume(1)


def test_unwind_that_is_answered_by_a_callback(running, other, talk):
    talk.post("add", entry="lie", slots=lie(CALLBACK, offset=0x120), timeout=20)
    assert talk.answer().callback == 0
    with Refused(StatusCode.ABORTED, "WORKER_DIED") as refused:
        talk.unwind()
    assert refused.detail.worker_exit.cause == PROTOCOL


@pytest.mark.parametrize("byte", [0, 1, 2, 0x7F, 0xFF])
def test_flooded_lane(running, other, byte):
    with pytest.raises(grpc.RpcError) as caught:
        running.call_raw("add", byte, entry="flood", timeout=1)
    assert caught.value.code() in (StatusCode.ABORTED, StatusCode.DEADLINE_EXCEEDED)
    assert process_gone(running.pid)


@pytest.mark.parametrize("status", [RETURNED, EXITED, NO_ROOM])
def test_end_of_a_call_that_goes_on(running, other, talk, status):
    """The answer counts. The lane's thread is lost to later calls; their deadlines hold."""
    talk.post("add", entry="lie", slots=lie(status, code=3), timeout=20)
    assert talk.answer().DESCRIPTOR.name in ("Returned", "Exited", "NoRoom")
    talk.post("forever", timeout=0.2)
    assert talk.answer().DESCRIPTOR.name in ("Returned", "Exited", "NoRoom")


@pytest.mark.parametrize(
    "words", [lie(status) for status in (RETURNED, EXITED, UNWOUND, NO_ROOM, 77)] + [lie(CALLBACK, offset=0)]
)
def test_lies_on_the_dispatch_lane(running, other, dispatch, words):
    """Any code can write into any lane: this answers on the dispatch lane, from a call on another one."""
    with running.talk() as talk:
        talk.post("add", entry="lie_at", slots=struct.pack("<Q", running.dispatch_lane) + words)
        with Refused(StatusCode.ABORTED, "WORKER_DIED") as refused:
            dispatch.take()
    assert refused.detail.worker_exit.cause == PROTOCOL


def test_callback_on_the_control_lane(running):
    """Nobody is there who could run it: the action fails, and the worker lives."""
    ask = Action(running.at["ask_on"], [running.zones[LANES].address])
    (result,) = running.initialize([([(DATA, 0, 8, 0)], [Pair(ask)])])
    assert "called back" in result.failure
    assert running.lookup("cos")[0]
    assert running.call("add", 1, 2) == 3
