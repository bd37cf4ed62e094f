"""The side channel's socket without a daemon: what becomes of an attachment, and of our own bugs."""

from __future__ import annotations

import os
import socket
import struct
import threading
from pathlib import Path

import pytest
from exclave.executor.attachment import Attachment
from exclave.executor.errors import FailedPreconditionError, NotFoundError
from exclave.executor.side_channel import MAX_PENDING, SideChannel, lane_socket_path
from support_executor import wait_until

GOOD, BAD, TWICE, BUG = b"g" * 16, b"b" * 16, b"t" * 16, b"!" * 16


class Owner:
    """Attaches, and remembers what it gave."""

    def __init__(self) -> None:
        self.given: list[int] = []

    def __call__(self, token: bytes) -> Attachment:
        if token == BUG:
            raise ZeroDivisionError
        if token == TWICE:
            raise FailedPreconditionError("ALREADY_ATTACHED", "no")
        if token != GOOD:
            raise NotFoundError("NO_SUCH_SESSION", "no")
        self.given = [os.open("/dev/null", os.O_RDONLY) for _ in range(5)]
        return Attachment(3, 4, 5, 6, tuple(self.given))


@pytest.fixture
def owner():
    return Owner()


@pytest.fixture
def path(tmp_path, owner):
    channel = SideChannel(tmp_path / "x.lanes", owner)
    yield tmp_path / "x.lanes"
    channel.stop()
    assert list(tmp_path.iterdir()) == []


def connect(path: Path) -> socket.socket:
    client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    client.connect(str(path))
    return client


def ask(path: Path, token: bytes) -> tuple[bytes, list[int]]:
    with connect(path) as client:
        client.send(token)
        data, fds, _, _ = socket.recv_fds(client, 4096, 16)
    return data, list(fds)


def test_path():
    assert lane_socket_path(Path("/a/b.sock")) == Path("/a/b.sock.lanes")
    assert lane_socket_path(Path("/" + "x" * 100)) is not None
    assert lane_socket_path(Path("/" + "x" * 101)) is None


def test_answers(path, owner):
    data, fds = ask(path, GOOD)
    assert data == struct.pack("<IIIQQ", 0, 3, 4, 5, 6)
    assert len(fds) == 5
    for fd in fds:
        os.close(fd)
    for token, status in ((BAD, 1), (BUG, 1), (TWICE, 2), (GOOD[:15], 1)):
        assert ask(path, token) == (struct.pack("<I", status), [])


def test_given_descriptors_are_closed(path):
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(10):
        with connect(path) as client:
            client.send(GOOD)
    for fd in ask(path, GOOD)[1]:
        os.close(fd)
    assert wait_until(lambda: len(list(Path("/proc/self/fd").iterdir())) == before)


def test_the_oldest_silent_client_goes_first(path):
    silent = [connect(path) for _ in range(MAX_PENDING)]
    assert len(ask(path, BAD)[0]) == 4
    assert silent[0].recv(1) == b""
    silent[-1].send(BAD)
    assert silent[-1].recv(4) == struct.pack("<I", 1)
    for client in silent:
        client.close()


def test_many_at_once(path):
    answers: list[bytes] = []
    threads = [threading.Thread(target=lambda: answers.append(ask(path, BAD)[0])) for _ in range(200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert answers == [struct.pack("<I", 1)] * 200
