"""Who gets the next lane: the first who waits, unless his deadline is over or he was interrupted."""

import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from exclave.controller.calls.pool import LanePool
from exclave.controller.errors import LanesBusyError


def soon():
    return time.monotonic() + 20


def wait_until(condition):
    while not condition():
        time.sleep(0)


def test_the_lane_that_was_used_last_is_used_next():
    pool = LanePool(["a", "b"])
    first = pool.acquire(soon(), "call")
    pool.release(first)
    assert pool.acquire(soon(), "call") == first


def test_the_first_who_waits_is_the_first_who_gets_one():
    pool, order = LanePool(["lane"]), []

    def use(number):
        lane = pool.acquire(soon(), "call")
        order.append(number)
        pool.release(lane)

    lane = pool.acquire(soon(), "call")
    with ThreadPoolExecutor(8) as threads:
        for number in range(8):
            threads.submit(use, number)
            wait_until(lambda number=number: len(pool.waiting) == number + 1)
        pool.release(lane)
    assert order == list(range(8))
    assert list(pool.free) == ["lane"]


def test_who_waits_too_long_is_told_and_waits_no_more():
    pool = LanePool(["lane"])
    lane = pool.acquire(soon(), "call")
    with pytest.raises(LanesBusyError, match="call f: all 1 call lanes of the session were busy"):
        pool.acquire(time.monotonic() + 0.01, "call f")
    assert not pool.waiting
    pool.release(lane)
    assert pool.acquire(time.monotonic(), "call") == lane


def test_a_deadline_that_is_over_takes_what_is_free():
    assert LanePool(["lane"]).acquire(time.monotonic() - 1, "call") == "lane"


def test_who_is_interrupted_leaves_nothing_behind():
    """Else the next lane that became free would go to nobody."""
    pool = LanePool(["lane"])
    lane = pool.acquire(soon(), "call")
    main = threading.main_thread().ident

    def interrupt():
        wait_until(lambda: pool.waiting)
        signal.pthread_kill(main, signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        pool.acquire(time.monotonic() + 1, "call")  # the signal may come just before it sleeps
    thread.join()
    assert not pool.waiting
    pool.release(lane)
    assert list(pool.free) == ["lane"]


def test_a_lane_that_a_quick_call_gives_back_goes_to_who_waits():
    """A quick call takes from `free` and gives back to it by itself, and then says so."""
    pool = LanePool(["lane"])
    lane = pool.free.pop()
    with ThreadPoolExecutor(1) as threads:
        job = threads.submit(pool.acquire, soon(), "call")
        wait_until(lambda: pool.waiting)
        pool.free.append(lane)
        pool.settle()
        assert job.result(20) == lane
    assert not pool.free


def test_many_threads_and_few_lanes():
    pool, in_use, most = LanePool(range(3)), [], []

    def use(_):
        lane = pool.acquire(soon(), "call")
        in_use.append(lane)
        most.append(len(in_use))
        assert in_use.count(lane) == 1
        in_use.remove(lane)
        pool.release(lane)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(use, range(2000)))
    assert max(most) <= 3
    assert sorted(pool.free) == [0, 1, 2]
