"""The budget of streams, and taking a stream's requests one at a time."""

from __future__ import annotations

import queue
import threading
import time

import pytest
from exclave.executor.errors import ResourceExhaustedError
from exclave.executor.services.streams import RequestReader, StreamBudget


class Client:
    """The client's side of a stream."""

    def __init__(self) -> None:
        self.sent: queue.Queue = queue.Queue()
        self.reader: RequestReader[int] = RequestReader(self._requests())

    def _requests(self):
        while (request := self.sent.get()) is not None:
            if isinstance(request, Exception):
                raise request
            yield request

    def send(self, *requests) -> None:
        for request in requests:
            self.sent.put(request)


@pytest.fixture
def client():
    made = Client()
    yield made
    made.reader.stop()
    made.send(None)


def test_in_order_and_the_end(client):
    client.send(1, 2, 3, None)
    assert [client.reader.take() for _ in range(5)] == [1, 2, 3, None, None]


def test_client_that_goes_is_the_end(client):
    client.send(1, RuntimeError("cancelled"))
    assert [client.reader.take() for _ in range(2)] == [1, None]


def test_deadline(client):
    with pytest.raises(TimeoutError):
        client.reader.take(time.monotonic() + 0.01)
    with pytest.raises(TimeoutError):
        client.reader.take(time.monotonic() - 1)
    client.send(7)
    assert client.reader.take(time.monotonic() + 20) == 7


def test_stop_wakes_and_stays(client):
    taken: list[int | None] = []
    thread = threading.Thread(target=lambda: taken.append(client.reader.take()))
    thread.start()
    client.reader.stop()
    thread.join(20)
    client.send(1)
    assert [*taken, client.reader.take()] == [None, None]


def test_end_is_told_although_nobody_takes(client):
    ended = threading.Event()
    client.reader.on_end(ended.set)
    client.send(1, None)
    client.reader.take()
    assert ended.wait(20)
    again = threading.Event()
    client.reader.on_end(again.set)
    assert again.is_set()


def test_budget():
    budget = StreamBudget(2)
    with budget.place():
        with budget.place(), pytest.raises(ResourceExhaustedError, match="2 streams already"), budget.place():
            pass
        with budget.place():
            pass
