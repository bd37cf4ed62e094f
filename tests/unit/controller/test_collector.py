"""The garbage collector is paused while anybody wants that, and no longer."""

import gc
import threading

import pytest
from exclave.controller.collector import collector_paused


@pytest.fixture(params=[True, False])
def enabled(request):
    before = gc.isenabled()
    (gc.enable if request.param else gc.disable)()
    yield request.param
    (gc.enable if before else gc.disable)()


def test_it_is_as_it_was_afterwards(enabled):
    with collector_paused():
        assert not gc.isenabled()
    assert gc.isenabled() == enabled


def test_also_after_an_error(enabled):
    with pytest.raises(ZeroDivisionError), collector_paused():
        raise ZeroDivisionError
    assert gc.isenabled() == enabled


def test_the_last_one_resumes_it_in_whatever_thread(enabled):
    inside, leave = threading.Event(), threading.Event()

    def pause():
        with collector_paused():
            inside.set()
            assert leave.wait(10)

    thread = threading.Thread(target=pause)
    with collector_paused():
        thread.start()
        assert inside.wait(10)
    assert not gc.isenabled()
    leave.set()
    thread.join(10)
    assert gc.isenabled() == enabled
