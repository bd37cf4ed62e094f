"""Ctrl-C is held back and never lost; other threads and other handlers are left as they are."""

import signal
import threading

import pytest
from exclave.controller.interrupts import interrupts_allowed, interrupts_deferred


@pytest.fixture(autouse=True)
def default_handler():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    signal.signal(signal.SIGINT, before)


def interrupt():
    signal.raise_signal(signal.SIGINT)


@interrupts_deferred()
def deferring(work):
    work()


@interrupts_allowed()
def allowing(work):
    work()


def test_one_that_comes_is_raised_at_the_end():
    done = []

    def work():
        interrupt()
        interrupt()
        done.append("all")

    with pytest.raises(KeyboardInterrupt):
        deferring(work)
    assert done == ["all"]


def test_it_replaces_an_error_that_is_raised():
    def work():
        interrupt()
        raise ZeroDivisionError

    with pytest.raises(KeyboardInterrupt) as caught:
        deferring(work)
    assert isinstance(caught.value.__context__, ZeroDivisionError)


def test_where_it_is_allowed_it_is_raised_at_once_also_if_it_came_before():
    with interrupts_deferred():
        with pytest.raises(KeyboardInterrupt), interrupts_allowed():
            interrupt()
        interrupt()
        with pytest.raises(KeyboardInterrupt), interrupts_allowed():
            raise AssertionError("it was not raised")


def test_deferrals_nest_also_within_what_is_allowed():
    order = []

    def interrupted(what):
        interrupt()
        order.append(what)

    with interrupts_deferred():
        deferring(lambda: interrupted("inner"))
        order.append("outer")
        with pytest.raises(KeyboardInterrupt), interrupts_allowed():
            order.append("never")
        with pytest.raises(KeyboardInterrupt):
            allowing(lambda: deferring(lambda: interrupted("deferred again")))
    assert order == ["inner", "outer", "deferred again"]


def test_allowed_alone_is_nothing():
    with pytest.raises(KeyboardInterrupt), interrupts_allowed():
        interrupt()


def test_other_threads_defer_nothing():
    inside, leave = threading.Event(), threading.Event()

    def work():
        with interrupts_deferred(), interrupts_allowed():
            inside.set()
            assert leave.wait(10)

    thread = threading.Thread(target=work)
    thread.start()
    assert inside.wait(10)
    with pytest.raises(KeyboardInterrupt):
        interrupt()
    leave.set()
    thread.join(10)


def test_a_users_handler_is_called_and_ignoring_stays():
    seen = []
    signal.signal(signal.SIGINT, lambda number, frame: seen.append(number))
    with interrupts_deferred():
        interrupt()
        assert seen == []
    assert seen == [signal.SIGINT]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with interrupts_deferred():
        interrupt()
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    signal.signal(signal.SIGINT, signal.default_int_handler)
