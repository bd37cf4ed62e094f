"""A conversation over a lane that answers at once: its deadline holds, and its callbacks' calls have no more time."""

import time

import pytest
from exclave.controller.calls.caller import Caller
from exclave.controller.calls.lane import CallbackRequest, LaneBrokenError, Returned, Unwound
from exclave.controller.calls.pool import LanePool
from exclave.controller.errors import ExecutorCrash


class Lane:
    """Gives answers, one for each message, the last one for ever; it never waits."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.deadlines = []

    def answer(self, deadline):
        self.deadlines.append(deadline)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def call(self, entry, function, slots, result_size, deadline):
        return self.answer(deadline)

    def resume(self, slots, deadline):
        return self.answer(deadline)

    def unwind(self, deadline):
        return self.answer(deadline)

    def left(self, depth, size):
        return b""


class Worker:
    def end_worker(self, cause, message, doing):
        return ExecutorCrash(message, kind=cause)


def caller(lane, serve):
    return Caller(LanePool([lane]), serve, Worker(), lambda: None, 1000)


def call(made, timeout=None):
    return made.call(1, 2, b"", 0, timeout, "call f")


BACK = CallbackRequest(1, b"")


def test_callbacks_that_come_at_once_do_not_outlive_the_deadline():
    with pytest.raises(ExecutorCrash) as caught:
        call(caller(Lane(BACK), lambda request: b""), 0.05)
    assert caught.value.kind == "deadline"


@pytest.mark.parametrize("inner", [None, 100])
def test_a_nested_call_has_the_time_that_is_left(inner):
    lane = Lane(BACK, Returned(b"inner"), Returned(b"outer"))
    made = caller(lane, lambda request: call(made, inner).result)
    assert call(made, 5).result == b"outer"
    assert len(set(lane.deadlines)) == 1


def test_a_nested_call_may_have_less():
    lane = Lane(BACK, Returned(b"inner"), Returned(b"outer"))
    made = caller(lane, lambda request: call(made, 5).result)
    call(made, 50)
    assert lane.deadlines[1] < lane.deadlines[0] == lane.deadlines[2]


@pytest.mark.parametrize("answers", [[Unwound()], [BACK, Unwound()]])
def test_unwound_though_nobody_asked(answers):
    with pytest.raises(ExecutorCrash) as caught:
        call(caller(Lane(*answers), lambda request: b""))
    assert caught.value.kind == "protocol"


@pytest.mark.parametrize("error", [KeyboardInterrupt, TimeoutError, ZeroDivisionError])
def test_whatever_a_signals_handler_raises_ends_the_worker(error):
    ended = []

    class Interrupted(Lane):
        def call(self, *_):
            raise error

    made = caller(Interrupted(), lambda request: b"")
    made._worker.end_worker = lambda *arguments: ended.append(arguments)
    with pytest.raises(error):
        call(made)
    assert [cause for cause, *_ in ended] == ["closed"]


def test_a_lane_that_breaks_while_a_call_is_abandoned():
    class Broken(Lane):
        def unwind(self, deadline):
            raise LaneBrokenError

    def fail(request):
        raise ZeroDivisionError

    began = time.monotonic()
    with pytest.raises(ExecutorCrash) as caught:
        call(caller(Broken(BACK), fail))
    assert caught.value.kind == "protocol"
    assert time.monotonic() - began < 10
