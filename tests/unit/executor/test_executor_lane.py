"""The lane's caller side against workers that answer, lie, sleep and die; the worker is a thread here."""

from __future__ import annotations

import ctypes
import mmap
import struct
import threading
import time
from contextlib import contextmanager

import pytest
from exclave.executor.errors import (
    DeadlineExceededError,
    FailedPreconditionError,
    InvalidArgumentError,
    ResourceExhaustedError,
)
from exclave.executor.frames import LaneBrokenError
from exclave.executor.lane import (
    Lane,
    LaneAbandonedError,
    LaneInterruptedError,
    LaneTimeoutError,
    Status,
)
from exclave.executor.lane_pool import MAX_WAITING, Caller, LanePool
from exclave.executor.shared_words import futex_wake
from exclave.executor.zones import LANE_SIZE, MAX_SLOTS

OFFSET = LANE_SIZE
RETURNED, EXITED, CALLBACK, UNWOUND, NO_ROOM = range(5)


class Shared:
    """A lane's memory, seen from the worker's side."""

    def __init__(self, calls: bool = True) -> None:
        self.memory = mmap.mmap(-1, 3 * LANE_SIZE, mmap.MAP_SHARED | mmap.MAP_ANONYMOUS)
        self.lane = Lane(self.memory, OFFSET, calls)

    def word(self, offset: int) -> ctypes.c_uint32:
        return ctypes.c_uint32.from_buffer(self.memory, OFFSET + offset)

    def message(self) -> tuple[int, ...]:
        """request, kind, frame, frame_end"""
        return tuple(self.word(offset).value for offset in (0x00, 0x0C, 0x10, 0x14))

    def write(self, offset: int, data: bytes) -> None:
        self.memory[OFFSET + offset : OFFSET + offset + len(data)] = data

    def answer(self, reply: int, status: int = 0, code: int = 0, callback: int = 0, offset: int = 0, size: int = 0):
        self.write(0x48, struct.pack("<IIQII", status, code % 2**32, callback, offset, size))
        word = self.word(0x40)
        word.value = reply
        futex_wake(word)

    def start(self, work) -> threading.Thread:
        thread = threading.Thread(target=work)
        thread.start()
        return thread

    def called(self) -> Shared:
        self.lane.call(1, 2, b"", 0)
        return self


@pytest.fixture
def shared():
    return Shared()


@pytest.fixture
def dispatch():
    made = Shared(calls=False)
    made.lane.ready()
    return made


def soon(seconds: float = 20.0) -> float:
    return time.monotonic() + seconds


def test_call_writes_the_layout(shared):
    shared.lane.call(0x1122334455667788, 0x99AABBCCDDEEFF00, b"slots!", 0)
    assert shared.message() == (1, 0, 0xF0, 0x110)
    assert struct.unpack_from("<QQ6s", shared.memory, OFFSET + 0xF0) == (
        0x1122334455667788,
        0x99AABBCCDDEEFF00,
        b"slots!",
    )
    assert shared.memory[:OFFSET] == bytes(OFFSET)
    assert shared.memory[2 * OFFSET :] == bytes(OFFSET)


def test_frame_has_room_for_the_result(shared):
    shared.lane.call(1, 2, b"12345678", 100)
    assert shared.message() == (1, 0, 0xF0, 0x100 + 112)
    shared.write(0x100, b"r" * 100)
    shared.answer(1)
    assert shared.lane.wait(soon()).slots == b"r" * 100


def test_reply(shared):
    shared.called()
    thread = shared.start(lambda: shared.answer(1))
    answer = shared.lane.wait(soon())
    assert (answer.status, answer.slots, shared.lane.busy) == (Status.RETURNED, b"", False)
    thread.join()


@pytest.mark.parametrize("code", [0, 3, -1, -(2**31)])
def test_exit_code(shared, code):
    shared.called().answer(1, EXITED, code)
    answer = shared.lane.wait(soon())
    assert (answer.status, answer.exit_code) == (Status.EXITED, code)


def test_no_room(shared):
    shared.called().answer(1, NO_ROOM)
    assert shared.lane.wait(soon()).status == Status.NO_ROOM
    assert not shared.lane.busy


def test_callback_and_resume(shared):
    shared.lane.call(1, 2, b"x" * 8, 8)
    assert shared.lane.busy
    assert not shared.lane.in_callback
    shared.write(0x110, b"argument" + b"more...!")
    shared.answer(1, CALLBACK, callback=2**64 - 1, offset=0x110, size=16)
    answer = shared.lane.wait(soon())
    assert (answer.status, answer.callback, answer.slots) == (Status.CALLBACK, 2**64 - 1, b"argumentmore...!")
    assert shared.lane.in_callback
    shared.lane.resume(b"result!!")
    assert shared.message()[:2] == (2, 1)
    assert shared.memory[OFFSET + 0x110 : OFFSET + 0x120] == b"result!!more...!"
    shared.write(0x100, b"returned")
    shared.answer(2)
    assert shared.lane.wait(soon()).slots == b"returned"


def test_nested_call_lies_behind_the_callback(shared):
    shared.lane.call(1, 2, b"", 8)
    shared.answer(1, CALLBACK, callback=5, offset=0x110, size=24)
    shared.lane.wait(soon())
    shared.lane.call(3, 4, b"inner...", 8)
    assert shared.message() == (2, 0, 0x130, 0x150)
    shared.write(0x140, b"result_2")
    shared.answer(2)
    assert shared.lane.wait(soon()).slots == b"result_2"
    assert shared.lane.in_callback
    shared.lane.unwind()
    assert shared.message()[:2] == (3, 2)
    shared.answer(3, UNWOUND)
    assert shared.lane.wait(soon()).status == Status.UNWOUND
    assert not shared.lane.busy


@pytest.mark.parametrize(
    ("offset", "size"),
    [
        (0x108, 8), (0xF0, 8), (0, 8), (0x100, 16), (0x118, 8), (0x10000, 1), (0x110, LANE_SIZE), (0x110, 0xFFFFFFFF),
        (0xFFFFFFF0, 0x20), (0x20000, 0), (0xFFF0, 17),
    ],
)  # fmt: skip
def test_callback_slots_out_of_range(shared, offset, size):
    shared.lane.call(1, 2, b"12345678", 8)
    shared.answer(1, CALLBACK, offset=offset, size=size)
    with pytest.raises(LaneBrokenError, match="slots"):
        shared.lane.wait(soon())


@pytest.mark.parametrize(("offset", "size"), [(0x110, 0), (0x110, LANE_SIZE - 0x110), (0x10000, 0), (0xFFF0, 16)])
def test_callback_slots_at_the_bounds(shared, offset, size):
    shared.lane.call(1, 2, b"12345678", 8)
    shared.answer(1, CALLBACK, offset=offset, size=size)
    assert len(shared.lane.wait(soon()).slots) == size


def test_nested_call_without_room(shared):
    shared.called().answer(1, CALLBACK, offset=0x100, size=LANE_SIZE - 0x100 - 32)
    shared.lane.wait(soon())
    with pytest.raises(InvalidArgumentError, match="at most 16 fit"):
        shared.lane.call(1, 2, b"x" * 17, 0)
    shared.lane.call(1, 2, b"x" * 16, 0)


def test_messages_that_are_not_due(shared):
    for message in (lambda: shared.lane.resume(b""), shared.lane.unwind):
        with pytest.raises(InvalidArgumentError, match="no callback"):
            message()
    shared.called()
    for message in (lambda: shared.lane.resume(b""), shared.lane.unwind, shared.called):
        with pytest.raises(InvalidArgumentError):
            message()
    shared.answer(1, CALLBACK, offset=0x100, size=8)
    shared.lane.wait(soon())
    with pytest.raises(InvalidArgumentError, match="its slots have 8"):
        shared.lane.resume(b"123456789")
    shared.lane.resume(b"12345678")


def test_sequence_wraps(shared):
    shared.lane._number = 0xFFFFFFFE
    shared.word(0x40).value = 0xFFFFFFFE
    for expected in (0xFFFFFFFF, 0, 1):
        shared.called()
        assert shared.word(0).value == expected
        thread = shared.start(lambda reply=expected: shared.answer(reply))
        shared.lane.wait(soon())
        thread.join()


def test_deadline(shared):
    shared.called()
    with pytest.raises(LaneTimeoutError):
        shared.lane.wait(soon(0.01))
    with pytest.raises(LaneTimeoutError):
        shared.lane.wait(soon(-1))


def test_reply_in_time_counts_although_the_deadline_is_over(shared):
    shared.called().answer(1)
    assert shared.lane.wait(soon(-1)).status == Status.RETURNED


@pytest.mark.parametrize("reply", [2, 0xFFFFFFFF, 0x80000001, 12345])
def test_reply_nobody_asked_for(shared, reply):
    shared.called().answer(reply)
    with pytest.raises(LaneBrokenError, match="reply word"):
        shared.lane.wait(soon())


@pytest.mark.parametrize("status", [UNWOUND, 5, 0xFFFFFFFF])
def test_status_that_is_no_answer(shared, status):
    shared.called().answer(1, status)
    with pytest.raises(LaneBrokenError, match="status word"):
        shared.lane.wait(soon())


@pytest.mark.parametrize("status", [RETURNED, EXITED, CALLBACK, NO_ROOM, 9])
def test_unwind_has_one_answer_only(shared, status):
    shared.called().answer(1, CALLBACK, offset=0x100, size=8)
    shared.lane.wait(soon())
    shared.lane.unwind()
    shared.answer(2, status, offset=0x100)
    with pytest.raises(LaneBrokenError):
        shared.lane.wait(soon())


def test_answer_twice_is_a_reply_nobody_asked_for(shared):
    """The second answer is taken for that of the next call only if it guesses its number."""
    shared.called().answer(1)
    shared.lane.wait(soon())
    shared.answer(2)
    shared.called()
    assert shared.lane.wait(soon()).status == Status.RETURNED
    shared.answer(7)
    shared.called()
    with pytest.raises(LaneBrokenError):
        shared.lane.wait(soon())


def test_woken_for_ever(shared):
    shared.called()
    stop = threading.Event()

    def pester() -> None:
        while not stop.is_set():
            futex_wake(shared.word(0x40))

    thread = shared.start(pester)
    with pytest.raises(LaneBrokenError, match="woken"):
        shared.lane.wait(soon())
    stop.set()
    thread.join()


def test_scribbled_lane_harms_nobody(shared):
    for byte in (b"\xff", b"\x01", b"\x02"):
        fresh = Shared().called()
        fresh.memory[OFFSET : 2 * LANE_SIZE] = byte * LANE_SIZE
        with pytest.raises(LaneBrokenError):
            fresh.lane.wait(soon())


def test_abandoned_before_and_while_waiting(shared):
    shared.called()
    thread = shared.start(shared.lane.abandon)
    with pytest.raises(LaneAbandonedError):
        shared.lane.wait(None)
    thread.join()
    with pytest.raises(LaneAbandonedError):
        shared.lane.wait(None)


def test_abandoned_for_somebody_else_who_posted(shared):
    """An attached controller's numbers are its own: the reply becomes what its last message never gets."""
    shared.word(0x00).value = 4711
    shared.lane.abandon()
    assert shared.word(0x40).value == 4711 ^ 0x80000000


def test_size_of_slots(shared):
    for slots, result in ((MAX_SLOTS + 1, 0), (0, MAX_SLOTS + 1), (0, 2**64 - 1)):
        with pytest.raises(InvalidArgumentError, match="slots"):
            shared.lane.call(1, 2, bytes(slots), result)
    shared.lane.call(1, 2, b"x" * MAX_SLOTS, MAX_SLOTS)
    assert shared.message() == (1, 0, 0xF0, LANE_SIZE)
    shared.answer(1)
    assert shared.lane.wait(soon()).slots == b"x" * MAX_SLOTS


def test_dispatch_lane(dispatch):
    lane = dispatch.lane
    assert dispatch.message()[:2] == (1, 1)
    lane.ready()
    assert dispatch.message()[0] == 1
    for number, answer in ((1, lambda: lane.resume(b"r")), (2, lane.unwind), (3, lambda: lane.resume(b""))):
        assert not lane.busy
        dispatch.answer(number, CALLBACK, callback=9, offset=0x100, size=8)
        assert lane.wait(soon()).callback == 9
        assert lane.busy
        answer()
        assert dispatch.message()[0] == number + 1
    with pytest.raises(InvalidArgumentError, match="callbacks only"):
        lane.call(1, 2, b"", 0)


@pytest.mark.parametrize("status", [RETURNED, EXITED, UNWOUND, NO_ROOM])
def test_dispatch_lane_has_callbacks_only(dispatch, status):
    dispatch.answer(1, status)
    with pytest.raises(LaneBrokenError):
        dispatch.lane.wait(soon())


def test_interrupted_while_waiting_and_ready_again(dispatch):
    caught: list[Exception] = []

    def wait() -> None:
        try:
            dispatch.lane.wait(None)
        except LaneInterruptedError as error:
            caught.append(error)

    thread = dispatch.start(wait)
    while not dispatch.word(0x44).value:
        pass
    dispatch.lane.interrupt()
    thread.join(10)
    assert caught
    dispatch.answer(1, CALLBACK, callback=3, offset=0x100, size=8)
    dispatch.lane.ready()
    assert dispatch.message()[0] == 1
    assert dispatch.lane.wait(None).callback == 3


@contextmanager
def lease(pool, caller, deadline):
    lane = pool.take(caller, deadline)
    try:
        yield lane
    finally:
        pool.give_back(caller)


def test_pool_gives_the_lowest_free_lane_first():
    pool = LanePool(["a", "b", "c"], "d")
    with lease(pool, Caller(), None) as first, lease(pool, Caller(), None) as second:
        assert (first, second) == ("a", "b")
    with lease(pool, Caller(), None) as again:
        assert again == "a"


def test_pool_is_fair():
    pool = LanePool(["only"], "d")
    order: list[int] = []
    callers = [Caller() for _ in range(5)]

    def use(i: int) -> None:
        with lease(pool, callers[i], None):
            order.append(i)

    with lease(pool, Caller(), None):
        threads = []
        for i in range(5):
            threads.append(threading.Thread(target=use, args=(i,)))
            threads[-1].start()
            while len(pool._queue) <= i:
                time.sleep(0.001)
    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, 3, 4]


def test_pool_deadline_and_leaving():
    pool = LanePool(["only"], "d")
    with lease(pool, Caller(), None):
        with pytest.raises(DeadlineExceededError), lease(pool, Caller(), soon(0.01)):
            pass
        gone = Caller()
        gone.leave()
        with pytest.raises(DeadlineExceededError), lease(pool, gone, None):
            pass
    with lease(pool, Caller(), soon(0.01)) as lane:
        assert lane == "only"


def test_pool_is_bounded():
    pool = LanePool(["only"], "d")
    with lease(pool, Caller(), None):
        pool._queue.extend(Caller() for _ in range(MAX_WAITING))
        with pytest.raises(ResourceExhaustedError), lease(pool, Caller(), None):
            pass
        pool._queue.clear()


def test_attached_lanes_are_nobodys():
    pool = LanePool(["a", "b"], "d")
    with lease(pool, Caller(), None):
        assert not pool.attach()
    assert pool.take_dispatch() == "d"
    with pytest.raises(FailedPreconditionError, match="has the session's dispatch lane"):
        pool.take_dispatch()
    assert not pool.attach()
    pool.give_back_dispatch()
    assert pool.attach()
    assert not pool.attach()
    for take in (pool.take_dispatch, lambda: pool.take(Caller(), None)):
        with pytest.raises(FailedPreconditionError) as caught:
            take()
        assert caught.value.reason == "LANES_ATTACHED"
