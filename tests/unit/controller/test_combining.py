"""Combining: one thread serves all that is queued, nobody is forgotten, and an interrupt is for its thread alone."""

import threading
import time
from dataclasses import dataclass, field

import pytest
from exclave.controller.combining import Combiner

LATER = 10.0


@dataclass(eq=False)
class Request:
    number: int
    over: bool = False
    told: threading.Event = field(default_factory=threading.Event)


class Server:
    """Notes who was served together, and by whom; waits at a gate; raises what is to be raised."""

    def __init__(self):
        self.groups, self.leaders = [], []
        self.gate, self.entered = threading.Event(), threading.Event()
        self.gate.set()
        self.errors = []
        self.combiner = Combiner(self.serve)

    def serve(self, requests, mine):
        self.groups.append([request.number for request in requests])
        self.leaders.append(mine.number)
        self.entered.set()
        assert self.gate.wait(LATER)
        if self.errors:
            mine.over = True
            for other in requests:
                if other is not mine:
                    self.combiner.submit(other)
            raise self.errors.pop()
        for request in requests:
            request.over = True

    def want(self, number):
        request = Request(number)
        self.combiner.submit(request)
        self.combiner.wait(request)
        return request


@pytest.fixture
def server():
    return Server()


def started(target, *args):
    thread = threading.Thread(target=target, args=args)
    thread.start()
    return thread


def joined(*threads):
    for thread in threads:
        thread.join(LATER)
        assert not thread.is_alive()


def test_one_alone_serves_itself(server):
    assert server.want(1).over
    assert (server.groups, server.leaders) == ([[1]], [1])


def test_those_that_come_meanwhile_are_served_together(server):
    server.gate.clear()
    first = started(server.want, 0)
    assert server.entered.wait(LATER)
    requests = [Request(number) for number in range(1, 8)]
    for request in requests:
        server.combiner.submit(request)
    rest = [started(server.combiner.wait, request) for request in requests]
    server.gate.set()
    joined(first, *rest)
    assert server.groups == [[0], [1, 2, 3, 4, 5, 6, 7]]


def test_an_interrupt_is_for_the_thread_that_serves(server):
    """The others are served all the same, by one of them."""
    server.errors = [KeyboardInterrupt()]
    mine, *others = requests = [Request(number) for number in range(4)]
    for request in requests:
        server.combiner.submit(request)
    with pytest.raises(KeyboardInterrupt):
        server.combiner.wait(mine)
    joined(*[started(server.combiner.wait, request) for request in others])
    assert server.groups == [[0, 1, 2, 3], [1, 2, 3]]
    assert all(request.over for request in requests)


def test_who_waits_when_it_is_interrupted_still_learns_what_became_of_it(server, monkeypatch):
    server.gate.clear()
    first = started(server.want, 0)
    assert server.entered.wait(LATER)
    second = Request(1)
    server.combiner.submit(second)

    def interrupted(timeout=None):
        second.told.wait = original
        server.gate.set()
        raise KeyboardInterrupt

    original, second.told.wait = second.told.wait, interrupted
    with pytest.raises(KeyboardInterrupt):
        server.combiner.wait(second)
    joined(first)
    assert second.over


def test_who_is_served_while_it_asks_for_its_turn_does_not_wait_for_more(server):
    """It saw that it is not over, then was served and told, and only then asks."""

    class Late(Request):
        @property
        def over(self):
            seen, self.seen = self.seen, True
            if not seen:
                server.combiner.wait(other)  # which serves both
                return False
            return True

        @over.setter
        def over(self, value):
            self.seen = value

    late, other = Late(1), Request(2)
    server.combiner.submit(late)
    server.combiner.submit(other)
    joined(started(server.combiner.wait, late))
    assert server.groups == [[1, 2]]


def test_nobody_is_served_twice_or_forgotten(server):
    """Many threads, each with many requests, one after the other."""

    def work(base):
        for number in range(base, base + 100):
            server.want(number)
            time.sleep(0)

    joined(*[started(work, 1000 * thread) for thread in range(8)])
    served = sorted(number for group in server.groups for number in group)
    assert served == [1000 * thread + number for thread in range(8) for number in range(100)]
