"""A lane in shared memory, against a scripted worker: what it writes is checked, whatever it is."""

import mmap
import struct
import time
from types import SimpleNamespace

import pytest
from exclave.controller.calls.lane import (
    FIRST_FRAME,
    FIRST_SLOTS,
    CallbackRequest,
    Exited,
    LaneBrokenError,
    LaneTimeoutError,
    NoRoom,
    Returned,
    Unwound,
)
from exclave.controller.calls.native import BROKEN, PENDING
from exclave.controller.calls.shared_lane import SharedDispatchLane, SharedLane
from exclave.controller.errors import SignatureError
from exclave.controller.model import LANE_SIZE


class Worker:
    """Answers each message by the next step of a script, which may write to the lane first."""

    def __init__(self, *script):
        self.memory = mmap.mmap(-1, LANE_SIZE)
        self.script = list(script)
        self.messages = []
        self.over = False
        native = SimpleNamespace(most_spin=1, exchange=self._answer, wait=lambda _c, _ns: self._step(), post=self._post)
        self.lane = SharedLane(self.memory, 0, native, lambda: self.over)
        self.dispatch = SharedDispatchLane(self.memory, 0, native, lambda: self.over)

    def _post(self, _channel):
        self.messages.append(struct.unpack_from("<III", self.memory, 0x0C))

    def _answer(self, channel):
        self._post(channel)
        return self._step()

    def _step(self):
        step = self.script.pop(0) if self.script else PENDING
        return step(self.memory) if callable(step) else step


def calls_back(number, start, size, content=b""):
    def step(memory):
        struct.pack_into("<QII", memory, 0x50, number, start, size)
        if start + len(content) <= LANE_SIZE:
            memory[start : start + len(content)] = content
        return 2

    return step


def soon():
    return time.monotonic() + 0.05


def test_a_call_is_laid_out_and_its_result_read():
    worker = Worker(0)
    answer = worker.lane.call(11, 22, b"12345678", 8, soon())
    assert answer == Returned(b"12345678")
    assert struct.unpack_from("<QQ", worker.memory, FIRST_FRAME) == (11, 22)
    assert worker.messages == [(0, FIRST_FRAME, FIRST_SLOTS + 16)]


@pytest.mark.parametrize(("status", "answer"), [(1, Exited(-7)), (3, Unwound()), (4, NoRoom())])
def test_other_ends(status, answer):
    worker = Worker(status)
    struct.pack_into("<i", worker.memory, 0x4C, -7)
    assert worker.lane.call(1, 2, b"", 0, soon()) == answer


@pytest.mark.parametrize("status", [BROKEN, 5, 99, 2**31 - 1])
def test_statuses_that_there_are_not(status):
    with pytest.raises(LaneBrokenError):
        Worker(status).lane.call(1, 2, b"", 0, soon())


def test_no_answer_until_the_deadline():
    start = time.monotonic()
    with pytest.raises(LaneTimeoutError):
        Worker().lane.call(1, 2, b"", 0, soon())
    assert time.monotonic() - start < 5


def test_the_end_of_the_session_ends_a_wait():
    worker = Worker()
    worker.over = True
    with pytest.raises(LaneBrokenError):
        worker.lane.call(1, 2, b"", 0, time.monotonic() + 100)


@pytest.mark.parametrize(
    ("start", "size"),
    [(0, 8), (FIRST_SLOTS, 8), (FIRST_SLOTS + 17, 8), (LANE_SIZE, 1), (0xFFFFFFFF, 8), (FIRST_SLOTS + 16, LANE_SIZE), (FIRST_SLOTS + 16, 0xFFFFFFFF)],
)  # fmt: skip
def test_callbacks_whose_slots_are_not_behind_the_frame(start, size):
    with pytest.raises(LaneBrokenError):
        Worker(calls_back(2, start, size)).lane.call(1, 2, bytes(8), 8, soon())


def test_calls_nest_and_leave_the_lane_as_it_was():
    behind = FIRST_SLOTS + 16
    worker = Worker(calls_back(2, behind, 16, b"a" * 16), 0, 0, 0)
    lane = worker.lane
    assert lane.call(1, 2, bytes(8), 8, soon()) == CallbackRequest(2, b"a" * 16)
    assert lane.call(3, 4, b"nested!!", 8, soon()) == Returned(b"nested!!")
    assert lane.left(2, 8) == b"nested!!"
    assert lane.resume(b"b" * 16, soon()) == Returned(bytes(8))
    assert worker.memory[behind : behind + 16] == b"b" * 16
    assert lane.call(5, 6, bytes(8), 8, soon()) == Returned(bytes(8))
    assert worker.messages[1][1] == behind + 16
    assert worker.messages[-1][1] == FIRST_FRAME


def test_an_abandoned_call_has_left_its_slots():
    worker = Worker(calls_back(2, FIRST_SLOTS + 16, 8), 3)
    worker.lane.call(1, 2, b"12345678abcdefgh"[:16], 16, soon())
    worker.memory[FIRST_SLOTS + 8 : FIRST_SLOTS + 16] = b"at five!"
    assert worker.lane.unwind(soon()) == Unwound()
    assert worker.lane.left(1, 16) == b"12345678at five!"


@pytest.mark.parametrize(("slots", "result"), [(LANE_SIZE, 0), (0, LANE_SIZE), (LANE_SIZE - FIRST_SLOTS + 1, 8)])
def test_more_than_there_is_room_for(slots, result):
    worker = Worker()
    with pytest.raises(SignatureError, match="pass large values by pointer"):
        worker.lane.call(1, 2, bytes(slots), result, soon())
    assert not worker.messages


@pytest.mark.parametrize(("start", "size"), [(0, 8), (FIRST_SLOTS + 16, 8), (FIRST_SLOTS, LANE_SIZE), (0xFFFFFFF0, 32)])
def test_the_dispatch_lane_takes_slots_in_their_place_only(start, size):
    worker = Worker(calls_back(2, start, size))
    with pytest.raises(LaneBrokenError):
        worker.dispatch.next_callback(b"")


def test_the_dispatch_lane_gives_results_back():
    worker = Worker(calls_back(2, FIRST_SLOTS, 8, b"question"), calls_back(3, FIRST_SLOTS, 8, b"another!"))
    assert worker.dispatch.next_callback(b"") == CallbackRequest(2, b"question")
    assert worker.dispatch.next_callback(b"answered") == CallbackRequest(3, b"another!")
    assert [kind for kind, _, _ in worker.messages] == [1, 1]
    worker.over = True
    assert worker.dispatch.next_callback(None) is None
    assert worker.messages[-1][0] == 2
