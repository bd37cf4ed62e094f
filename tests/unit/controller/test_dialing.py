"""Whether anybody listens at a UNIX socket: real sockets."""

import os
import socket
import threading

import pytest
from exclave.controller.remote.dialing import wait_for_listener


@pytest.fixture
def path(tmp_path):
    return tmp_path / "x.sock"


def listening(path):
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen(0)
    return server


def test_somebody_listens(path):
    with listening(path):
        assert wait_for_listener(path, 0) is None


def test_a_listener_with_more_callers_than_it_takes_is_one(path):
    with listening(path), socket.socket(socket.AF_UNIX) as first:
        first.connect(str(path))
        assert wait_for_listener(path, 0) is None


@pytest.mark.parametrize("seconds", [0, 0.05])
def test_what_is_not_there_says_what_to_do(path, seconds):
    assert wait_for_listener(path, seconds) == (
        f"there is no such socket: start one with `exclave executor --listen unix:{path}`"
    )
    assert "no such socket" in wait_for_listener(path / "below", seconds)


def test_a_socket_that_was_left_behind(path):
    listening(path).close()
    assert wait_for_listener(path, 0).startswith("nobody listens on the socket that is there: start one with")
    path.unlink()
    path.write_text("a file")
    assert wait_for_listener(path, 0).startswith("nobody listens")


def test_a_listener_that_starts_meanwhile_is_waited_for(path):
    found = []
    waiter = threading.Thread(target=lambda: found.append(wait_for_listener(path, 60)))
    waiter.start()
    with listening(path):
        waiter.join(60)
        assert found == [None]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may do anything")
def test_no_permission_does_not_change_by_waiting(path):
    with listening(path):
        path.chmod(0)
        assert wait_for_listener(path, 60).startswith("Permission denied: ")
