"""Lies on the lane of other threads' callbacks: whoever serves it serves on, or the session ends with a reason."""

from __future__ import annotations

import queue
import sys

import pytest
from exclave.controller.calls.lane import FIRST_CALLBACK
from support_hostile import CALLBACK, LANE_SIZE, RETURNED, UNWOUND, Lie, ending, soon

PLACE = 0x100
"""Where slots lie on this lane. No call is ever made on it, so that a lie's `slots` counts from the lane's beginning."""


@pytest.mark.parametrize(
    "lie",
    [
        *(Lie(status) for status in (RETURNED, UNWOUND, 77, 2**32 - 1)),
        *(Lie(CALLBACK, slots=slots) for slots in (0, LANE_SIZE, 2**32 - 16)),
        Lie(CALLBACK, slots=PLACE, size=LANE_SIZE),
        Lie(CALLBACK, slots=PLACE, size=2**32 - 1),
        Lie(CALLBACK, slots=PLACE, ahead=1),
    ],
    ids=lambda lie: "-".join(f"{number:x}" for number in lie),
)
def test_what_breaks_the_protocol_ends_the_session(prey, lie):
    """Else threads that call back would wait for ever, for a dispatcher that is no more."""
    prey.session.callback(lambda x: x, "i64", ["i64"])
    add, never = prey.function("add"), prey.function("never")
    prey.use_system()  # the dispatcher sleeps until it is woken
    assert add(1, 2) == 3
    with soon():
        assert ending(lambda: prey.lie_on(prey.dispatch, lie)) in ("returned", "protocol")
        assert ending(lambda: never(timeout=5)) == "protocol"
        assert ending(lambda: add(1, 2)) == "protocol"


@pytest.fixture
def reported(monkeypatch):
    """What was reported, to be waited for: who of two threads is served first is not known."""
    found = queue.SimpleQueue()
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, trace: found.put(error))
    return found


@pytest.mark.parametrize(
    "lie", [Lie(CALLBACK, callback=99), Lie(CALLBACK), Lie(CALLBACK, callback=FIRST_CALLBACK, size=0)]
)
def test_a_callback_that_is_none_is_reported_and_the_next_one_served(make_prey, reported, lie):
    prey = make_prey(threads=1)

    def lie_until_it_is_noticed():
        """A lie waits for nobody's turn on the lane: a thread that came too soon would overwrite it."""
        prey.lie_on(prey.dispatch, lie._replace(slots=PLACE))
        assert reported.get(timeout=8)

    assert serve_from_a_thread(prey, lie_until_it_is_noticed) == [1]


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt, GeneratorExit])
def test_a_callback_that_would_end_its_thread_does_not(make_prey, reported, kind):
    prey = make_prey(threads=2)
    bad = prey.session.callback(raising(kind), "i64", ["i64"])
    served = serve_from_a_thread(prey, lambda: prey.start("call_back", bad.address))
    assert served == [1]
    assert type(reported.get(timeout=8)) is kind


def test_a_hook_that_raises_does_not_end_the_dispatcher(make_prey, monkeypatch):
    prey = make_prey(threads=2)
    monkeypatch.setattr(sys, "excepthook", raising(ValueError))
    bad = prey.session.callback(raising(KeyError), "i64", ["i64"])
    assert serve_from_a_thread(prey, lambda: prey.start("call_back", bad.address)) == [1]


def raising(kind):
    def function(*_):
        raise kind

    return function


def serve_from_a_thread(prey, attack):
    """What is served of a thread's callback after an attack; waits for it."""
    prey.use_system()
    served = queue.SimpleQueue()
    good = prey.session.callback(lambda x: served.put(x) or x, "i64", ["i64"])
    attack()
    with soon():
        prey.start("call_back", good.address)
        return [served.get(timeout=8)]
