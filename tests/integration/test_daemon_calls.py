"""Conversations with a real daemon: calls, callbacks, nesting, unwinding, and workers and clients that misbehave."""

from __future__ import annotations

import struct
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from exclave.v1 import common_pb2, execution_pb2
from grpc import StatusCode
from support_daemon import Refused
from support_executor import DATA, LANE_SIZE, Stream, error_detail, process_gone, running_daemon, wait_until

DEADLINE = common_pb2.EXIT_CAUSE_DEADLINE


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    folder = tmp_path_factory.mktemp("c")
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


def value(returned) -> int:
    return struct.unpack("<q", returned.result)[0]


def slots(callback) -> tuple[int, ...]:
    return struct.unpack(f"<{len(callback.slots) // 8}q", callback.slots)


# What works


def test_many_calls_on_one_lane(talk):
    for i in range(100):
        assert value(talk.call("add", i, 1)) == i + 1
    talk.close()
    assert talk.take() is None


def test_callback(talk):
    callback = talk.call("ask", 2**63 + 5, 10)
    assert (callback.callback, slots(callback)) == (2**63 + 5, (10, 11))
    returned = talk.resume(33)
    assert value(returned) == 33
    assert returned.elapsed_ns > 0


def test_callback_after_callback(talk):
    assert slots(talk.call("ask_twice", 1, 5)) == (5,)
    assert slots(talk.resume(6)) == (6,)
    assert value(talk.resume(-7)) == -7


def test_resume_with_less_than_the_slots(talk):
    talk.call("ask", 1, 10)
    assert value(talk.resume()) == 10


def test_nested_calls(talk):
    assert slots(talk.call("ask", 1, 100)) == (100, 101)
    assert value(talk.call("add", 20, 22)) == 42
    assert slots(talk.call("ask", 2, 200)) == (200, 201)
    assert value(talk.call("add", 1, 1)) == 2
    assert value(talk.resume(-2)) == -2
    assert value(talk.resume(-1)) == -1
    assert value(talk.call("add", 3, 4)) == 7


def test_deepest_nesting(talk):
    for depth in range(32):
        assert talk.call("ask", depth, depth).callback == depth
    for depth in reversed(range(32)):
        assert value(talk.resume(depth)) == depth
    for depth in range(32):
        talk.call("ask", depth, depth)
    with Refused(StatusCode.INVALID_ARGUMENT, "TOO_DEEP"):
        talk.call("add", 1, 2)


def test_unwind(talk):
    for _ in range(3):
        talk.call("ask", 1, 2)
        assert talk.unwind().DESCRIPTOR.name == "Unwound"
    assert value(talk.call("add", 1, 2)) == 3


def test_unwind_of_the_inner_call_only(talk):
    talk.call("ask", 1, 10)
    talk.call("ask", 2, 20)
    assert talk.unwind().DESCRIPTOR.name == "Unwound"
    assert value(talk.call("add", 1, 2)) == 3
    talk.call("ask", 3, 30)
    talk.unwind()
    assert value(talk.resume(11)) == 11


def test_exit_in_a_nested_call(talk):
    talk.call("ask", 1, 10)
    exited = talk.call("leave", -3)
    assert (exited.DESCRIPTOR.name, exited.exit_code) == ("Exited", -3)
    assert value(talk.resume(4)) == 4
    assert talk.call("leave", 2).exit_code == 2


def test_no_room_for_a_callback(talk):
    most = LANE_SIZE - 0x110
    assert talk.call("ask_large", 1, most + 1).DESCRIPTOR.name == "NoRoom"
    assert len(talk.call("ask_large", 1, most).slots) == most
    with pytest.raises(grpc.RpcError) as caught:
        talk.call("add", 1, 2)
    assert caught.value.code() == StatusCode.INVALID_ARGUMENT


def test_output_is_complete_at_each_end(running, talk):
    text = running.zones[DATA].address
    running.write(text, b"123456789\0")
    talk.call("ask", 1, 2)
    assert talk.call("print", text, 100).output_position == 1000
    assert talk.unwind().output_position == 1000
    assert len(running.wait_output(1000)) == 1000
    assert running.drain() == 1000


def test_call_behind_which_the_client_ends_its_side(running):
    assert running.call("add", 1, 2) == 3


# The dispatch lane


@pytest.fixture
def dispatch(running):
    with running.talk(dispatch=True) as opened:
        yield opened


def test_dispatch_lane(running, dispatch):
    with ThreadPoolExecutor(1) as pool:
        for i in range(3):
            call = pool.submit(running.call, "dispatch_from_lane", 9, running.dispatch_lane)
            callback = dispatch.answer()
            assert (callback.callback, slots(callback)) == (9, (5,))
            if i == 1:
                dispatch.send(execution_pb2.ConverseRequest(unwind={}))
            else:
                dispatch.send(execution_pb2.ConverseRequest(resume={"slots": struct.pack("<q", i + 1)}))
            assert call.result(20) == (0 if i == 1 else i + 1)


def test_callback_of_a_thread_that_the_code_started(daemon):
    with daemon.session(threads=2) as session:
        session.start()
        with session.talk(dispatch=True) as dispatch, ThreadPoolExecutor(1) as pool:
            call = pool.submit(session.call, "from_thread", session.dispatch_lane, 123)
            assert slots(dispatch.answer()) == (123,)
            dispatch.send(execution_pb2.ConverseRequest(resume={"slots": struct.pack("<q", 5)}))
            assert call.result(20) == 1005


def test_dispatch_lane_has_one_user(running, dispatch):
    with Refused(StatusCode.FAILED_PRECONDITION, "DISPATCH_IN_USE"):
        running.talk(dispatch=True)
    dispatch.close()
    assert dispatch.take() is None
    with running.talk(dispatch=True) as again:
        again.cancel()
    assert wait_until(lambda: _has_dispatch(running))
    assert running.call("add", 1, 2) == 3


def _has_dispatch(running) -> bool:
    try:
        with running.talk(dispatch=True):
            return True
    except grpc.RpcError:
        return False


def test_dispatch_lane_comes_free_while_a_callback_is_on_its_way(running, dispatch):
    """The lane stays ready: a thread's callback is told to the stream that comes next."""
    dispatch.close()
    assert dispatch.take() is None, "the lane is free: a stream that is cancelled may meet the callback"
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(running.call, "dispatch_from_lane", 9, running.dispatch_lane)
        assert wait_until(lambda: _has_dispatch_callback(running))
        assert call.result(20) == 8


def _has_dispatch_callback(running) -> bool:
    try:
        with running.talk(dispatch=True) as dispatch:
            assert dispatch.answer().callback == 9
            dispatch.send(execution_pb2.ConverseRequest(resume={"slots": struct.pack("<q", 8)}))
            dispatch.close()
            assert dispatch.take() is None
            return True
    except grpc.RpcError:
        return False


def test_dispatch_lane_takes_no_calls(running, dispatch):
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(running.call, "dispatch_from_lane", 9, running.dispatch_lane)
        dispatch.answer()
        with Refused(StatusCode.INVALID_ARGUMENT, "NOT_DUE"):
            dispatch.call("add", 1, 2)
        assert call.exception(20).code() == StatusCode.ABORTED


# Deadlines, clients that go


def test_deadline_covers_callbacks_and_the_client_that_runs_them(running, talk):
    talk.call("ask", 1, 2, timeout=0.2)
    with Refused(StatusCode.DEADLINE_EXCEEDED, "CALL_DEADLINE") as refused:
        talk.take()
    assert refused.detail.worker_exit.cause == DEADLINE
    assert running.wait_exit().cause == DEADLINE


def test_nested_call_has_no_more_time_than_the_outer_one(running, talk):
    talk.call("ask", 1, 2, timeout=0.2)
    with Refused(StatusCode.DEADLINE_EXCEEDED, "CALL_DEADLINE"):
        talk.call("forever", timeout=60)


def test_nested_call_may_have_less_time(talk):
    talk.call("ask", 1, 2, timeout=60)
    with Refused(StatusCode.DEADLINE_EXCEEDED, "CALL_DEADLINE"):
        talk.call("forever", timeout=0.1)


def test_idle_stream_that_is_cancelled_frees_its_lane_only(running):
    for _ in range(10):
        with running.talk() as talk:
            talk.call("add", 1, 2)
    assert running.call("add", 1, 2) == 3


@pytest.mark.parametrize("state", ["running", "in a callback"])
@pytest.mark.parametrize("how", ["cancel", "close"])
def test_busy_stream_that_ends_ends_the_worker(running, talk, state, how):
    counter = running.zones[DATA].address
    if state == "running":
        talk.post("meet", counter, 2)
        assert wait_until(lambda: running.read(counter, 1) == b"\1")
    else:
        talk.call("ask", 1, 2)
    getattr(talk, how)()
    if state == "running" and how == "close":  # it may end its side before the answer
        running.write(counter, b"\2")
        assert value(talk.answer()) == 2
        return
    assert running.wait_exit().cause == DEADLINE
    assert process_gone(running.pid)


def test_worker_that_dies_ends_idle_streams_and_callbacks(running, talk):
    with running.talk() as other:
        talk.call("ask", 1, 2)
        running.end_worker()
        for stream in (talk, other):
            with Refused(StatusCode.ABORTED, "WORKER_DIED") as refused:
                stream.take()
            assert refused.detail.worker_exit.cause == DEADLINE


def test_streams_wait_for_a_lane_in_order(running):
    with running.talk(), running.talk() as second, ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(running.call, "add", i, i) for i in range(3)]
        assert not any(call.done() for call in waiting)
        second.cancel()
        assert [call.result(20) for call in waiting] == [0, 2, 4]


def test_too_many_streams(running):
    with running.talk(), running.talk() as second:
        begin = execution_pb2.ConverseRequest(begin={"session_token": running.token})
        streams = [Stream(running.daemon.execution.Converse, begin) for _ in range(65)]
        with ThreadPoolExecutor(65) as pool:
            endings = [pool.submit(_ending, stream) for stream in streams]
            assert wait_until(lambda: sum(ending.done() for ending in endings) == 1)
            assert [ending.result() for ending in endings if ending.done()] == ["TOO_MANY_CALLS"]
            assert value(second.call("add", 1, 2)) == 3
            for stream in streams:
                stream.cancel()


def _ending(stream) -> str:
    try:
        return stream.take().WhichOneof("response")
    except grpc.RpcError as error:
        return error_detail(error).reason if error.code() != StatusCode.CANCELLED else "cancelled"


@pytest.mark.parametrize(
    ("requests", "reason"),
    [
        ([], "NO_BEGIN"),
        ([{}], "NO_BEGIN"),
        ([{"call": {}}], "NO_BEGIN"),
        ([{"begin": None}, {"begin": None}], "NOT_DUE"),
        ([{"begin": None}, {}], "NOT_DUE"),
        ([{"begin": None}, {"resume": {}}], "NOT_DUE"),
        ([{"begin": None}, {"unwind": {}}], "NOT_DUE"),
        ([{"begin": None}, {"call": {}}], "NOT_CODE"),
    ],
)
def test_requests_that_are_not_due(running, requests, reason):
    begin = {"session_token": running.token}
    messages = [
        execution_pb2.ConverseRequest(**({"begin": begin} if "begin" in request else request)) for request in requests
    ]
    with Refused(StatusCode.INVALID_ARGUMENT, reason):
        list(running.daemon.execution.Converse(iter(messages)))
    assert running.call("add", 1, 2) == 3


def test_result_that_is_larger_than_the_callbacks_slots(talk):
    talk.call("ask", 1, 2)
    with Refused(StatusCode.INVALID_ARGUMENT, "SLOTS_TOO_LARGE"):
        talk.resume(1, 2, 3)


# EndWorker


@pytest.mark.parametrize("cause", [DEADLINE, common_pb2.EXIT_CAUSE_CLOSED, common_pb2.EXIT_CAUSE_PROTOCOL])
def test_end_worker(running, cause):
    gone = running.end_worker(cause, "too slow")
    assert (gone.cause, gone.message, gone.signal) == (cause, "too slow", 9)
    assert process_gone(running.pid)
    assert running.wait_exit() == gone
    with Refused(StatusCode.FAILED_PRECONDITION, "WORKER_GONE") as refused:
        running.end_worker(cause)
    assert refused.detail.worker_exit == gone


def test_end_worker_wakes_a_call(running, talk):
    counter = running.zones[DATA].address
    talk.post("meet", counter, 2)
    assert wait_until(lambda: running.read(counter, 1) == b"\1")
    running.end_worker()
    with Refused(StatusCode.ABORTED, "WORKER_DIED") as refused:
        talk.take()
    assert refused.detail.worker_exit.cause == DEADLINE


@pytest.mark.parametrize("cause", [0, 1, 2, 3, 7, 77])
def test_end_worker_for_no_reason(running, cause):
    with Refused(StatusCode.INVALID_ARGUMENT, "BAD_CAUSE"):
        running.end_worker(cause)
    assert running.call("add", 1, 2) == 3
