"""Deadlines hold whatever the code does meanwhile: never answer, call back for ever, wake everybody, nest."""

from __future__ import annotations

import pytest
from exclave.controller import CallTimeout
from exclave.controller.calls.lane import MAX_DEPTH
from support_hostile import CALLBACK, UNWOUND, Lie, ending, soon


@pytest.fixture
def identity(prey):
    return prey.session.callback(lambda x: x, "i64", ["i64"])


def test_code_that_never_answers(prey):
    with soon():
        assert ending(lambda: prey.function("never")(timeout=0.3)) == "deadline"


def test_callbacks_without_end(prey, identity):
    with soon():
        assert ending(lambda: prey.function("storm")(identity, timeout=0.3)) == "deadline"


def test_a_call_in_a_callback_has_the_time_that_is_left(prey):
    """The inner call says no timeout, and never ends: the outer one's deadline is its own."""
    ends = []
    never = prey.function("never")

    def call_again(x):
        try:
            return never() or x
        except CallTimeout as error:
            ends.append(error)
            raise

    callback = prey.session.callback(call_again, "i64", ["i64"])
    with soon(), pytest.raises(CallTimeout) as caught:
        prey.function("apply")(callback, 1, timeout=0.3)
    assert [caught.value.kind] == [error.kind for error in ends] == ["deadline"]


def test_threads_that_wake_everybody(make_prey, way):
    """The controller looks again until the deadline; the daemon takes a thousand wakings for a breach."""
    prey = make_prey(threads=1)
    if way == "here":
        prey.use_system()
    prey.start("wake_all", prey.scribbler(0, 1, lanes=prey.control, count=prey.call_lanes + 2))
    with soon():
        assert ending(lambda: prey.function("never")(timeout=0.5)) in ("deadline", "protocol")


def test_nesting_that_is_forged(prey):
    """Each nested call is answered by another callback, until no more may nest; then each is unwound."""
    prey.use_system()  # the controller sleeps until it is woken
    add = prey.function("add")
    callback = prey.session.callback(lambda x: add(x, 1), "i64", ["i64"])
    back = Lie(CALLBACK, callback=callback.number, fill=1)
    script = [back] * MAX_DEPTH + [Lie(UNWOUND)] * MAX_DEPTH
    with soon():
        assert ending(lambda: prey.lies(script, stay=True, timeout=5)) == "too deep"


def test_quick_calls_are_answered_falsely_too(prey):
    """Calls without a timeout take a way of their own."""
    place = prey.bytes_at(Lie(UNWOUND).packed())
    add, lies = prey.function("add"), prey.function("lies")
    assert add(1, 2) == add(1, 2) == 3
    lies.prepare()
    with soon():
        assert ending(lambda: lies(prey.lanes, place, 1, 1, prey.wake)) == "protocol"
        assert ending(lambda: add(1, 2)) == "protocol"
