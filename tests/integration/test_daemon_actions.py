"""Alloc actions in a real daemon's workers: their order, what is undone after a failure, and what may be called."""

from __future__ import annotations

import signal
import struct

import pytest
from exclave.v1 import session_pb2
from grpc import StatusCode
from support_daemon import PAGE, Refused
from support_executor import CODE, DATA
from support_plans import Action, Pair


@pytest.fixture
def session(daemon_session):
    return daemon_session


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
