"""Attaching to a side channel that lies: there is no attachment then, and no descriptor stays open."""

import array
import contextlib
import mmap
import os
import socket
import struct
import tempfile
import threading
from pathlib import Path

import pytest
from exclave.controller.model import LANE_SIZE
from exclave.controller.remote import attach as module
from exclave.controller.remote.attach import attach

LANES, DATA = 2, 1 << 20
TOKEN = bytes(range(16))
SILENCE = "say nothing"


def memory_file(size):
    descriptor = os.memfd_create("test", os.MFD_CLOEXEC)
    os.ftruncate(descriptor, size)
    return descriptor


def honest(status=0, lanes=LANES, lane_size=LANE_SIZE, lanes_size=(LANES + 3) * LANE_SIZE, data_size=DATA):
    return struct.pack("<IIIQQ", status, lanes, lane_size, lanes_size, data_size)


def files(lanes=(LANES + 3) * LANE_SIZE, data=DATA, state=mmap.PAGESIZE):
    return [memory_file(lanes), memory_file(data), *os.pipe(), memory_file(state)]


@contextlib.contextmanager
def side_channel(answer, descriptors):
    """Serves one client: hears the token, answers. Gives the path, and what it heard."""
    folder = tempfile.mkdtemp(prefix="side-")
    path, heard = Path(folder) / "s", []
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(str(path))
    listener.listen(1)

    def serve():
        client, _ = listener.accept()
        with client:
            heard.append(client.recv(100))
            if answer == SILENCE:
                heard.append(client.recv(100))  # until it hangs up
            else:
                rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))
                client.sendmsg([answer], [rights] if descriptors else [])

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield str(path), heard
    finally:
        thread.join(20)
        listener.close()
        path.unlink()
        path.parent.rmdir()
        for descriptor in descriptors:
            os.close(descriptor)


def open_descriptors():
    return {path.name for path in Path("/proc/self/fd").iterdir() if path.is_symlink()}


def test_an_honest_answer():
    before = open_descriptors()
    with side_channel(honest(), files()) as (path, heard):
        attachment = attach(path, TOKEN)
    assert heard == [TOKEN]
    assert (attachment.lanes, len(attachment.lanes_memory), len(attachment.data_memory)) == (LANES, 5 * LANE_SIZE, DATA)
    with pytest.raises(TypeError, match="readonly"):
        attachment.output_state[0] = 1
    attachment.close_descriptors()
    attachment.close_descriptors()
    del attachment
    assert open_descriptors() == before


@pytest.mark.parametrize(
    ("answer", "given"),
    [
        (b"", {}),
        (b"\x01\0\0\0", {}),
        (honest()[:-1], {}),
        (honest() + b"x", {}),
        (honest(status=1), {}),
        (honest(lanes=3), {}),
        (honest(lanes=0), {}),
        (honest(lanes=2**32 - 1), {}),
        (honest(lane_size=4096), {}),
        (honest(lanes_size=0), {}),
        (honest(lanes_size=2**64 - 1), {}),
        (honest(data_size=2**64 - 1), {}),
        (honest(data_size=DATA + 1), {}),
        (honest(data_size=0), {"data": 0}),
        (honest(), {"lanes": 3 * LANE_SIZE}),
        (honest(), {"data": 4096}),
        (honest(), {"state": 0}),
        (honest(), {"state": 16}),
    ],
)
def test_answers_that_do_not_fit(answer, given):
    before = open_descriptors()
    with side_channel(answer, files(**given)) as (path, _):
        assert attach(path, TOKEN) is None
    assert open_descriptors() == before


@pytest.mark.parametrize("change", [lambda all: all[:0], lambda all: all[:4], lambda all: [*all, os.dup(all[0])]])
def test_too_few_or_too_many_descriptors(change):
    before = open_descriptors()
    given = files()
    sent = change(given)
    with side_channel(honest(), sent) as (path, _):
        assert attach(path, TOKEN) is None
    for unsent in given[len(sent) :]:
        os.close(unsent)
    assert open_descriptors() == before


def test_descriptors_of_something_else():
    before = open_descriptors()
    given = files()
    with side_channel(honest(), [*given[2:4], *given[:2], given[4]]) as (path, _):
        assert attach(path, TOKEN) is None
    assert open_descriptors() == before


def test_silence(monkeypatch):
    monkeypatch.setattr(module, "SECONDS", 0.05)
    before = open_descriptors()
    with side_channel(SILENCE, []) as (path, heard):
        assert attach(path, TOKEN) is None
    assert heard == [TOKEN, b""]
    assert open_descriptors() == before


@pytest.mark.parametrize("path", ["/nowhere/at/all", "/" + "x" * 200, ""])
def test_nobody_there(path):
    before = open_descriptors()
    assert attach(path, TOKEN) is None
    assert open_descriptors() == before
