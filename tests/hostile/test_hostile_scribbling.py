"""Code that writes anything anywhere into the lanes while other threads of the controller call through them.

What these calls return may be wrong: it is the session's own code. They end, and with documented errors only.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from exclave.controller.errors import ExclaveError
from support_hostile import CALLBACK, RETURNED, UNWOUND, Lie, ending, soon

ANSWER, ALL = (16, 24), (0, 100)
"""The worker's own words of a lane; and all of them, with the first frame."""
CALLS = 20
ENDINGS = {"returned", "exited", "deadline", "protocol", "no room", "signal", "exit", "refused"}


def calls_until_it_dies(function, *arguments):
    """Calls, each with a deadline; how they ended."""
    endings = []
    for _ in range(CALLS):
        try:
            endings.append(ending(lambda: function(*arguments, timeout=0.3)))
        except ExclaveError as error:  # of the session's, not of the call's
            endings.append(type(error).__name__)
    return endings


@pytest.mark.parametrize("words", [ANSWER, ALL], ids=["answers", "everything"])
@pytest.mark.parametrize("in_thread", [False, True], ids=["in a call", "in a thread"])
def test_scribbling_over_lanes_in_use(make_prey, words, in_thread):
    prey = make_prey(threads=1)
    callback = prey.session.callback(lambda x: x + 1, "i64", ["i64"])
    how = prey.scribbler(*words)
    add, apply, scribble = (prey.function(name) for name in ("add", "apply", "scribble"))
    if in_thread:
        prey.use_system()
        ending(lambda: prey.start("scribble", how))
    with soon(), ThreadPoolExecutor(3) as threads:
        jobs = [
            threads.submit(calls_until_it_dies, add, 1, 2),
            threads.submit(calls_until_it_dies, apply, callback, 1),
            threads.submit(calls_until_it_dies, scribble, how),
        ]
        assert all(len(job.result()) == CALLS for job in jobs)


@pytest.mark.parametrize("word", range(0, 24, 4), ids=["request", "sleeping", "spin", "kind", "frame", "frame_end"])
@pytest.mark.parametrize("value", [0, -1])
def test_the_callers_own_words(prey, word, value):
    """Whatever they say when the call ends and when the next one comes: both end."""
    poke, add = prey.function("poke"), prey.function("add")
    with soon():
        assert {ending(partial(poke, lane + word, value, timeout=0.3)) for lane in prey.each_lane()} <= ENDINGS
        assert {ending(lambda: add(1, 2, timeout=0.3)) for _ in range(3)} <= ENDINGS


@pytest.mark.parametrize("status", [RETURNED, CALLBACK, UNWOUND, 77])
def test_lies_on_the_control_lane(prey, status):
    """The daemon's own lane: it takes the lie for the answer to its next message, or for a breach."""
    prey.lie_on(prey.control, Lie(status, ahead=1))
    with soon(), pytest.raises(ExclaveError):
        prey.session.lookup("no_such_symbol_anywhere")


def test_the_worker_has_no_output_page(prey):
    """The counters by which the controller knows what was printed are the daemon's to write, and nobody else's."""
    pid = prey.session.opened.worker_pid
    assert "exclave-output" not in Path(f"/proc/{pid}/maps").read_text()
