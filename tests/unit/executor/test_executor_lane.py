"""The lane's caller side against workers that answer, lie, sleep and die; the worker is a thread here."""

from __future__ import annotations

import ctypes
import mmap
import struct
import threading
import time

import pytest
from exclave.executor.errors import DeadlineExceededError, ResourceExhaustedError
from exclave.executor.lane import Lane, LaneAbandonedError, LaneBrokenError, LaneTimeoutError, _futex
from exclave.executor.lane_pool import MAX_WAITING, Caller, LanePool
from exclave.executor.zones import LANE_SIZE, MAX_SLOTS

OFFSET = LANE_SIZE


class Shared:
    """A lane's memory, seen from the worker's side."""

    def __init__(self) -> None:
        self.memory = mmap.mmap(-1, 2 * LANE_SIZE, mmap.MAP_SHARED | mmap.MAP_ANONYMOUS)
        self.lane = Lane(self.memory, OFFSET)

    def word(self, offset: int) -> ctypes.c_uint32:
        return ctypes.c_uint32.from_buffer(self.memory, OFFSET + offset)

    def answer(self, reply: int, status: int = 0, code: int = 0) -> None:
        self.word(0x48).value, self.word(0x4C).value = status, code % 2**32
        word = self.word(0x40)
        word.value = reply
        _futex(word, 1, 1, None)

    def start(self, work) -> threading.Thread:
        thread = threading.Thread(target=work)
        thread.start()
        return thread


@pytest.fixture
def shared():
    return Shared()


def soon(seconds: float = 20.0) -> float:
    return time.monotonic() + seconds


def test_post_writes_the_layout(shared):
    shared.lane.post(0x1122334455667788, 0x99AABBCCDDEEFF00, b"slots!")
    assert shared.word(0x00).value == 1
    assert struct.unpack_from("<QQ", shared.memory, OFFSET + 0x10) == (0x1122334455667788, 0x99AABBCCDDEEFF00)
    assert shared.lane.results(6) == b"slots!"
    assert shared.memory[:OFFSET] == bytes(OFFSET)


def test_reply(shared):
    shared.lane.post(1, 2, b"")
    thread = shared.start(lambda: shared.answer(1))
    assert shared.lane.wait(soon()).exited is None
    thread.join()


@pytest.mark.parametrize("code", [0, 3, -1, -(2**31)])
def test_exit_code(shared, code):
    shared.lane.post(1, 2, b"")
    shared.answer(1, 1, code)
    assert shared.lane.wait(soon()).exited == code


def test_sequence_wraps(shared):
    shared.lane._sequence = 0xFFFFFFFE
    shared.word(0x40).value = 0xFFFFFFFE
    for expected in (0xFFFFFFFF, 0, 1):
        shared.lane.post(1, 2, b"")
        assert shared.word(0).value == expected
        thread = shared.start(lambda reply=expected: shared.answer(reply))
        shared.lane.wait(soon())
        thread.join()


def test_deadline(shared):
    shared.lane.post(1, 2, b"")
    with pytest.raises(LaneTimeoutError):
        shared.lane.wait(soon(0.01))
    with pytest.raises(LaneTimeoutError):
        shared.lane.wait(soon(-1))


def test_reply_in_time_counts_although_the_deadline_is_over(shared):
    shared.lane.post(1, 2, b"")
    shared.answer(1)
    assert shared.lane.wait(soon(-1)).exited is None


@pytest.mark.parametrize("reply", [2, 0xFFFFFFFF, 0x80000001, 12345])
def test_reply_nobody_asked_for(shared, reply):
    shared.lane.post(1, 2, b"")
    shared.answer(reply)
    with pytest.raises(LaneBrokenError, match="reply word"):
        shared.lane.wait(soon())


@pytest.mark.parametrize("status", [2, 0xFFFFFFFF])
def test_status_that_means_nothing(shared, status):
    shared.lane.post(1, 2, b"")
    shared.answer(1, status)
    with pytest.raises(LaneBrokenError, match="status word"):
        shared.lane.wait(soon())


def test_woken_for_ever(shared):
    shared.lane.post(1, 2, b"")
    stop = threading.Event()

    def pester() -> None:
        while not stop.is_set():
            _futex(shared.word(0x40), 1, 1, None)

    thread = shared.start(pester)
    with pytest.raises(LaneBrokenError, match="woken"):
        shared.lane.wait(soon())
    stop.set()
    thread.join()


def test_scribbled_lane_harms_nobody(shared):
    shared.lane.post(1, 2, b"x")
    shared.memory[OFFSET : 2 * LANE_SIZE] = b"\xff" * LANE_SIZE
    with pytest.raises(LaneBrokenError):
        shared.lane.wait(soon())
    assert len(shared.lane.results(MAX_SLOTS)) == MAX_SLOTS


def test_abandoned_before_and_while_waiting(shared):
    shared.lane.post(1, 2, b"")
    thread = shared.start(shared.lane.abandon)
    with pytest.raises(LaneAbandonedError):
        shared.lane.wait(None)
    thread.join()
    with pytest.raises(LaneAbandonedError):
        shared.lane.wait(None)


@pytest.mark.parametrize("size", [-1, MAX_SLOTS + 1])
def test_size_of_results(shared, size):
    with pytest.raises(ValueError, match="slots"):
        shared.lane.results(size)


def test_size_of_slots(shared):
    shared.lane.post(1, 2, b"x" * MAX_SLOTS)
    with pytest.raises(ValueError, match="slots"):
        shared.lane.post(1, 2, b"x" * (MAX_SLOTS + 1))


def test_pool_gives_the_lowest_free_lane_first():
    pool = LanePool(["a", "b", "c"])
    with pool.lease(Caller(), None) as first, pool.lease(Caller(), None) as second:
        assert (first, second) == ("a", "b")
    with pool.lease(Caller(), None) as again:
        assert again == "a"


def test_pool_is_fair():
    pool = LanePool(["only"])
    order: list[int] = []
    callers = [Caller() for _ in range(5)]

    def use(i: int) -> None:
        with pool.lease(callers[i], None):
            order.append(i)

    with pool.lease(Caller(), None):
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
    pool = LanePool(["only"])
    with pool.lease(Caller(), None):
        with pytest.raises(DeadlineExceededError), pool.lease(Caller(), soon(0.01)):
            pass
        gone = Caller()
        gone.leave()
        with pytest.raises(DeadlineExceededError), pool.lease(gone, None):
            pass
    with pool.lease(Caller(), soon(0.01)) as lane:
        assert lane == "only"


def test_pool_is_bounded():
    pool = LanePool(["only"])
    with pool.lease(Caller(), None):
        pool._queue.extend(Caller() for _ in range(MAX_WAITING))
        with pytest.raises(ResourceExhaustedError), pool.lease(Caller(), None):
            pass
        pool._queue.clear()
