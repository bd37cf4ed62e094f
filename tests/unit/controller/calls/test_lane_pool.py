"""Who gets a lane: whoever came first, until his deadline; quick callers take what lies there."""

import threading
import time

import pytest
from exclave.controller.calls.pool import LanePool
from exclave.controller.errors import LanesBusyError


def later(seconds=20.0):
    return time.monotonic() + seconds


def start_waiting(pool, got, name):
    """A thread that waits for a lane; returns when it stands in the queue."""
    before = len(pool.waiting)
    thread = threading.Thread(target=lambda: got.append((name, pool.acquire(later(), name))))
    thread.start()
    while len(pool.waiting) == before:
        time.sleep(0)
    return thread


def test_the_lane_that_was_used_last_is_used_next():
    pool = LanePool(["a", "b"])
    first = pool.acquire(later(), "call")
    pool.release(first)
    assert pool.acquire(later(), "call") == first


def test_callers_get_lanes_in_the_order_in_which_they_came():
    pool, got = LanePool(["only"]), []
    pool.acquire(later(), "call")
    threads = [start_waiting(pool, got, number) for number in range(5)]
    for count in range(5):
        pool.release("only")
        threads[count].join(10)
        assert [name for name, _ in got] == list(range(count + 1))


def test_a_deadline_without_a_lane():
    pool = LanePool(["only"])
    pool.acquire(later(), "call")
    with pytest.raises(LanesBusyError, match=r"call f: all 1 call lanes .* were busy") as caught:
        pool.acquire(later(0.02), "call f")
    assert isinstance(caught.value, TimeoutError)
    assert not pool.waiting
    pool.release("only")
    assert pool.acquire(later(), "call") == "only"


def test_a_deadline_that_has_passed_still_takes_what_is_free():
    assert LanePool(["free"]).acquire(later(-1), "call") == "free"


def test_quick_callers_give_back_to_those_who_wait():
    pool, got = LanePool(["only"]), []
    quick = pool.free.pop()
    thread = start_waiting(pool, got, "slow")
    pool.free.append(quick)
    pool.settle()
    thread.join(10)
    assert got == [("slow", "only")]


def test_a_lane_has_one_user_at_a_time():
    pool, users, most = LanePool(range(3)), [], []

    def work():
        for _ in range(200):
            lane = pool.acquire(later(), "call")
            users.append(lane)
            most.append(users.count(lane))
            users.remove(lane)
            pool.release(lane)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert max(most) == 1
    assert sorted(pool.free) == [0, 1, 2]
