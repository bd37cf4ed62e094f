"""Attaching to a session: whatever the side channel says, there is an attachment that fits, or none; nothing leaks."""

import os
import socket
import struct
import threading
from pathlib import Path

import pytest
from exclave.controller.model import LANE_SIZE
from exclave.controller.remote.attach import attach

TOKEN = b"t" * 16
LANES, DATA = 2, 1 << 20
GOOD = struct.pack("<IIIQQ", 0, LANES, LANE_SIZE, (LANES + 3) * LANE_SIZE, DATA)


def memory(size):
    descriptor = os.memfd_create("test")
    os.ftruncate(descriptor, size)
    return descriptor


def descriptors(lanes=(LANES + 3) * LANE_SIZE, data=DATA, state=4096):
    """Lanes, data, two pipes' ends, the output's state; and what else must be closed."""
    (out, out_write), (err, err_write) = os.pipe(), os.pipe()
    return [memory(lanes), memory(data), out, err, memory(state)], [out_write, err_write]


@pytest.fixture
def serve(tmp_path):
    """Answers one attachment with some bytes and descriptors; what was asked."""
    started = []

    def start(answer, fds, others=()):
        path = tmp_path / "lanes.sock"
        server = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        server.bind(str(path))
        server.listen()
        asked = []

        def run():
            with server:
                connection, _ = server.accept()
                with connection:
                    asked.append(connection.recv(100))
                    if answer is not None:
                        socket.send_fds(connection, [answer], fds)
            for descriptor in [*fds, *others]:
                os.close(descriptor)

        thread = threading.Thread(target=run)
        thread.start()
        started.append(thread)
        return str(path), asked

    yield start
    for thread in started:
        thread.join(10)


def open_descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


def test_an_attachment(serve):
    fds, others = descriptors()
    path, asked = serve(GOOD, fds, others)
    attachment = attach(path, TOKEN)
    assert asked == [TOKEN]
    assert (attachment.lanes, len(attachment.lanes_memory), len(attachment.data_memory)) == (2, 5 * LANE_SIZE, DATA)
    attachment.close_descriptors()
    attachment.close_descriptors()


BAD_SIZES = {
    "other lanes": struct.pack("<IIIQQ", 0, LANES, 4096, (LANES + 3) * 4096, DATA),
    "more lanes": struct.pack("<IIIQQ", 0, LANES + 1, LANE_SIZE, (LANES + 3) * LANE_SIZE, DATA),
    "lanes without end": struct.pack("<IIIQQ", 0, 0xFFFFFFFF, LANE_SIZE, (1 << 64) - 1, DATA),
    "more data": struct.pack("<IIIQQ", 0, LANES, LANE_SIZE, (LANES + 3) * LANE_SIZE, DATA + 1),
    "no data": struct.pack("<IIIQQ", 0, LANES, LANE_SIZE, (LANES + 3) * LANE_SIZE, 0),
    "cut off": GOOD[:-1],
    "too long": GOOD + b"x",
    "a refusal": struct.pack("<I", 7),
    "empty": b"\0",
}


@pytest.mark.parametrize("answer", BAD_SIZES.values(), ids=BAD_SIZES)
def test_sizes_that_do_not_fit(serve, answer):
    fds, others = descriptors()
    before = open_descriptors()
    path, _ = serve(answer, fds, others)
    assert attach(path, TOKEN) is None
    assert open_descriptors() <= before + 3  # what the server itself has open yet


@pytest.mark.parametrize("count", [0, 1, 4])
def test_too_few_descriptors(serve, count):
    fds, others = descriptors()
    path, _ = serve(GOOD, fds[:count], [*fds[count:], *others])
    assert attach(path, TOKEN) is None


def test_too_many_descriptors(serve):
    fds, others = descriptors()
    path, _ = serve(GOOD, [*fds, *others])
    assert attach(path, TOKEN) is None


def test_memories_of_another_size(serve):
    fds, others = descriptors(lanes=LANE_SIZE)
    path, _ = serve(GOOD, fds, others)
    assert attach(path, TOKEN) is None


def test_nobody_answers_or_he_hangs_up(serve, tmp_path):
    assert attach(str(tmp_path / "nothing.sock"), TOKEN) is None
    path, _ = serve(None, [])
    assert attach(path, TOKEN) is None


def test_no_descriptor_is_left_behind(serve, tmp_path):
    for answer in (GOOD, BAD_SIZES["cut off"], BAD_SIZES["more lanes"]):
        fds, others = descriptors()
        before = open_descriptors() - len(fds) - len(others)
        path, _ = serve(answer, fds, others)
        found = attach(path, TOKEN)
        if found is not None:
            found.close_descriptors()
            del found
        Path(path).unlink()
        for thread in threading.enumerate():
            if thread is not threading.current_thread() and thread.name.startswith("Thread-"):
                thread.join(10)
        assert open_descriptors() <= before + 2  # mappings keep descriptors of their own until they are collected
