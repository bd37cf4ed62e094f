"""The spare worker: real ones, forked from a real zygote."""

from __future__ import annotations

import dataclasses
import threading

import pytest
from exclave.executor.cgroups import ControlGroups
from exclave.executor.errors import UnavailableError
from exclave.executor.open_request import OpenRequest
from exclave.executor.opener import open_parts
from exclave.executor.output import OutputPump
from exclave.executor.spare import Spare
from exclave.executor.spawner import Spawner

REQUEST = OpenRequest(1 << 20, 1, ("malloc",))


@pytest.fixture(scope="module")
def open_worker():
    spawner, pump = Spawner(), OutputPump()
    yield lambda request: open_parts(request, spawner, pump, ControlGroups([]))
    spawner.stop()
    pump.stop()


class Maker:
    """Makes workers, and says when it has made one."""

    def __init__(self, open_worker):
        self.open_worker = open_worker
        self.made = threading.Semaphore(0)
        self.all = []

    def __call__(self, request):
        try:
            parts = self.open_worker(request)
            self.all.append(parts)
            return parts
        finally:
            self.made.release()


@pytest.fixture
def maker(open_worker):
    maker = Maker(open_worker)
    yield maker
    for parts in maker.all:
        parts.close("the test is over")


def test_none_before_anybody_wanted_one(maker):
    spare = Spare(maker)
    assert spare.take(REQUEST) is None
    spare.stop()
    assert maker.all == []


def test_it_is_lent_once_to_who_asks_for_the_same(maker):
    spare = Spare(maker)
    spare.want(REQUEST)
    assert maker.made.acquire(timeout=10)
    assert spare.take(dataclasses.replace(REQUEST, lanes=2)) is None
    parts = spare.take(REQUEST)
    assert parts is maker.all[0]
    assert parts.worker.exit is None
    assert spare.take(REQUEST) is None
    spare.stop()
    assert parts.worker.exit is None  # lent: not the spare's to end


def test_one_that_died_is_not_lent(maker):
    spare = Spare(maker)
    spare.want(REQUEST)
    assert maker.made.acquire(timeout=10)
    maker.all[0].close("killed")
    assert spare.take(REQUEST) is None
    spare.stop()


def test_another_shape_replaces_it(maker):
    other = dataclasses.replace(REQUEST, lanes=2)
    spare = Spare(maker)
    spare.want(REQUEST)
    assert maker.made.acquire(timeout=10)
    spare.want(other)
    assert maker.made.acquire(timeout=10)
    assert maker.all[0].worker.wait(10)
    assert spare.take(REQUEST) is None
    assert spare.take(other) is maker.all[1]
    spare.stop()


def test_stopping_ends_it(maker):
    spare = Spare(maker)
    spare.want(REQUEST)
    assert maker.made.acquire(timeout=10)
    spare.stop()
    assert maker.all[0].worker.exit is not None
    spare.want(REQUEST)
    assert spare.take(REQUEST) is None


def test_nobody_comes_for_it(maker, monkeypatch):
    monkeypatch.setattr("exclave.executor.spare.KEEP_SECONDS", 0.0)
    spare = Spare(maker)
    spare.want(REQUEST)
    assert maker.made.acquire(timeout=10)
    assert maker.all[0].worker.wait(10)
    assert spare.take(REQUEST) is None
    spare.stop()


def test_one_that_cannot_be_made_is_nobodys_error():
    asked = threading.Event()

    def refuse(_request):
        asked.set()
        raise UnavailableError("NO_WORKER", "no")

    spare = Spare(refuse)
    spare.want(REQUEST)
    assert asked.wait(10)
    assert spare.take(REQUEST) is None
    spare.stop()
