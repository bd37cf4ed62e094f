"""The side channel: who gets a session's lanes, what with, and who cannot hold up whom."""

from __future__ import annotations

import ctypes
import fcntl
import mmap
import os
import socket
import struct
import subprocess
import sys
import termios
import threading
import time
from pathlib import Path

import grpc
import pytest
from exclave.executor.lane import Lane
from exclave.executor.shared_words import futex_wait
from exclave.v1 import session_pb2, session_pb2_grpc
from grpc import StatusCode
from support_daemon import Refused
from support_executor import DATA, LANE_SIZE, LANES, process_gone, running_daemon, start_process, wait_until

OK, REFUSED, ATTACHED_ALREADY = 0, 1, 2
IS_ROOT = os.geteuid() == 0


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    folder = tmp_path_factory.mktemp("a")
    folder.chmod(0o755 if IS_ROOT else 0o700)
    with running_daemon(folder) as running:
        yield running


@pytest.fixture
def session(daemon):
    with daemon.session() as opened:
        yield opened


@pytest.fixture
def running(session):
    return session.start()


def connect(session) -> socket.socket:
    client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    client.connect(session.opened.lane_socket)  # blocking: with a timeout, a full backlog is an error
    client.settimeout(20)
    return client


def ask(session, packet: bytes = b"") -> tuple[bytes, list[int]]:
    with connect(session) as client:
        client.send(packet or session.token)
        data, fds, _, _ = socket.recv_fds(client, 4096, 16)
    return data, list(fds)


class Attached:
    """A session's lanes, as a controller has them."""

    def __init__(self, session) -> None:
        data, self.fds = ask(session)
        status, self.lanes, self.lane_size, self.lanes_size, self.data_size = struct.unpack("<IIIQQ", data)
        assert status == OK
        self.lanes_fd, self.data_fd, self.out, self.err, self.state_fd = self.fds
        self.memory = mmap.mmap(self.lanes_fd, self.lanes_size)
        self.state = mmap.mmap(self.state_fd, mmap.PAGESIZE, prot=mmap.PROT_READ)

    def lane(self, number: int) -> Lane:
        return Lane(self.memory, number * self.lane_size, calls=number <= self.lanes)

    def everything_queued(self) -> int | None:
        """The position up to which all that was printed is queued, None if some is not."""
        (before,) = struct.unpack_from("<Q", self.state)
        empty = all(fcntl.ioctl(fd, termios.FIONREAD, bytes(4)) == bytes(4) for fd in (self.out, self.err))
        after, position = struct.unpack_from("<QQ", self.state)
        (again,) = struct.unpack_from("<Q", self.state)
        return position if empty and before == after == again and before % 2 == 0 else None

    def close(self) -> None:
        for fd in self.fds:
            os.close(fd)


@pytest.fixture
def attached(running):
    made = Attached(running)
    yield made
    made.close()


def soon(seconds: float = 20) -> float:
    return time.monotonic() + seconds


def test_socket_is_private(daemon, session):
    path = Path(session.opened.lane_socket)
    assert f"unix:{path}" == f"{daemon.address}.lanes"
    assert path.stat().st_mode & 0o777 == 0o600


def test_sizes(running, attached):
    assert (attached.lanes, attached.lane_size) == (2, LANE_SIZE)
    assert attached.lanes_size == running.zones[LANES].size == 5 * LANE_SIZE
    assert attached.data_size == running.zones[DATA].size
    assert os.fstat(attached.lanes_fd).st_size == attached.lanes_size
    assert os.fstat(attached.data_fd).st_size == attached.data_size


@pytest.mark.parametrize("number", [1, 2])
def test_calls_without_the_daemon(running, attached, number):
    lane = attached.lane(number)
    for i in range(100):
        lane.call(running.at["adapter"], running.at["add"], struct.pack("<QQ", i, 1), 8)
        assert lane.wait(soon()).slots == struct.pack("<Q", i + 1)
    lane.call(running.at["adapter"], running.at["ask"], struct.pack("<QQ", 5, 6), 8)
    assert lane.wait(soon()).callback == 5
    lane.resume(b"resumed!")
    assert lane.wait(soon()).slots == b"resumed!"


def test_dispatch_lane_without_the_daemon(running, attached):
    dispatch, lane = attached.lane(3), attached.lane(1)
    dispatch.ready()
    lane.call(running.at["adapter"], running.at["dispatch_from_lane"], struct.pack("<QQ", 4, running.dispatch_lane), 8)
    assert dispatch.wait(soon()).callback == 4
    dispatch.resume(b"from afr")
    assert lane.wait(soon()).slots == b"from afr"


def test_control_lane_stays_with_the_daemon(running, attached):
    assert running.lookup("cos")[0]
    assert running.load(DATA, 0, b"12345678") > 0


def test_data_zone(running, attached):
    running.write(running.zones[DATA].address, b"from the daemon")
    assert os.pread(attached.data_fd, 15, 0) == b"from the daemon"
    os.pwrite(attached.data_fd, b"FROM", 0)
    assert running.read(running.zones[DATA].address, 15) == b"FROM the daemon"


def test_zones_cannot_be_resized_or_sealed(attached):
    for fd in (attached.lanes_fd, attached.data_fd):
        with pytest.raises(PermissionError):
            os.ftruncate(fd, 0)
        with pytest.raises(PermissionError):
            fcntl.fcntl(fd, 1033, 8)


def test_output_state(running, attached):
    text = running.zones[DATA].address
    running.write(text, b"123456789\0")
    with pytest.raises(PermissionError):
        mmap.mmap(attached.state_fd, mmap.PAGESIZE)
    lane = attached.lane(1)
    for i in range(1, 100):
        lane.call(running.at["adapter"], running.at["print"], struct.pack("<QQ", text, i), 8)
        lane.wait(soon())
        assert wait_until(lambda: attached.everything_queued() is not None)
        assert attached.everything_queued() == i * (i + 1) // 2 * 10
    assert len(running.wait_output(99 * 100 // 2 * 10)) == 99 * 100 // 2 * 10


def test_worker_that_dies_wakes_an_attached_caller(running, attached):
    """An attached caller sleeps at the reply word of its own mapping; the daemon changes and wakes it."""
    lane = attached.lane(1)
    lane.call(running.at["adapter"], running.at["forever"], bytes(16), 8)
    reply = ctypes.c_uint32.from_buffer(attached.memory, LANE_SIZE + 0x40)
    sleeper = threading.Thread(target=futex_wait, args=(reply, 0, 60))
    sleeper.start()
    running.end_worker()
    sleeper.join(20)
    assert not sleeper.is_alive()
    assert reply.value == 1 ^ 0x80000000
    assert process_gone(running.pid)


def test_attached_lanes_outlive_the_session(daemon):
    with daemon.session() as session:
        session.start()
        attached = Attached(session)
    assert process_gone(session.pid)
    assert wait_until(lambda: ask(session)[0] == struct.pack("<I", REFUSED))
    attached.memory[:] = b"x" * attached.lanes_size
    attached.close()
    with daemon.session() as session:
        assert session.start().call("add", 1, 2) == 3


# Who is refused


def test_converse_after_attach(running, attached):
    for dispatch in (False, True):
        with Refused(StatusCode.FAILED_PRECONDITION, "LANES_ATTACHED"):
            running.talk(dispatch=dispatch)


def test_second_attach(running, attached):
    assert ask(running) == (struct.pack("<I", ATTACHED_ALREADY), [])
    lane = attached.lane(1)
    lane.call(running.at["adapter"], running.at["add"], struct.pack("<QQ", 1, 2), 8)
    assert lane.wait(soon()).slots == struct.pack("<Q", 3)


@pytest.mark.parametrize("dispatch", [False, True])
def test_attach_while_a_stream_has_a_lane(running, dispatch):
    with running.talk(dispatch=dispatch) as talk:
        assert ask(running) == (struct.pack("<I", REFUSED), [])
        talk.close()
        assert talk.take() is None
    assert wait_until(lambda: ask(running)[0][:4] == struct.pack("<I", OK))


@pytest.mark.parametrize("packet", [b"x", b"x" * 16, b"x" * 15, b"x" * 17, b"x" * 60000])
def test_wrong_token(session, packet):
    assert ask(session, packet) == (struct.pack("<I", REFUSED), [])


def test_no_token(session):
    with connect(session) as client:
        client.send(b"")
        data, descriptors, _, _ = socket.recv_fds(client, 4096, 16)
    assert (data, descriptors) == (struct.pack("<I", REFUSED), [])


def test_half_a_token_or_more_than_one(session):
    assert ask(session, session.token[:8])[0] == struct.pack("<I", REFUSED)
    assert ask(session, session.token + b"x")[0] == struct.pack("<I", REFUSED)
    assert ask(session)[0][:4] == struct.pack("<I", OK)


def test_session_whose_worker_is_gone(running):
    running.end_worker()
    assert ask(running) == (struct.pack("<I", REFUSED), [])


def test_session_that_is_not_started_can_be_attached(session):
    assert ask(session)[0][:4] == struct.pack("<I", OK)


def test_client_that_closes_without_a_word(session):
    for _ in range(300):
        connect(session).close()
    assert ask(session)[0][:4] == struct.pack("<I", OK)


def test_silent_clients_hold_up_nobody(daemon, running):
    silent = [connect(running) for _ in range(200)]
    begin = time.monotonic()
    assert ask(running)[0][:4] == struct.pack("<I", OK)
    assert time.monotonic() - begin < 4  # less than the patience with a silent one
    with daemon.session() as other:
        assert other.start().call("add", 1, 2) == 3
        assert ask(other)[0][:4] == struct.pack("<I", OK)
    for client in silent:
        client.close()


def test_silent_client_is_hung_up_on(session):
    with connect(session) as client:
        assert client.recv(100) == b""


def test_descriptors_that_a_client_sends_are_not_taken(daemon, session):
    before = len(list(Path(f"/proc/{daemon.process.pid}/fd").iterdir())) if IS_ROOT else 0
    for _ in range(20):
        with connect(session) as client:
            socket.send_fds(client, [b"x" * 16], [0, 1, 2])
            assert client.recv(100) == struct.pack("<I", REFUSED)
    if IS_ROOT:
        spare = 30  # at most, for the worker that waits for the next session
        assert wait_until(lambda: len(list(Path(f"/proc/{daemon.process.pid}/fd").iterdir())) <= before + spare)


STRANGER = """
import os, socket, sys
os.setgroups([])
os.setresgid(65534, 65534, 65534)
os.setresuid(65534, 65534, 65534)
client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
try:
    client.connect(sys.argv[1])
    client.send(bytes.fromhex(sys.argv[2]))
    print(client.recv(100).hex())
except PermissionError:
    print("EACCES")
"""


@pytest.mark.skipif(not IS_ROOT, reason="only root can become somebody else")
@pytest.mark.parametrize("open_to_all", [False, True])
def test_another_user(daemon, session, open_to_all):
    """The socket's mode refuses; and if somebody had changed it, the daemon would."""
    path = Path(session.opened.lane_socket)
    parents = [parent for parent in path.parents if parent.stat().st_mode & 0o001 == 0]
    modes = {parent: parent.stat().st_mode for parent in parents}
    try:
        for parent in parents:
            parent.chmod(0o711)
        path.chmod(0o666 if open_to_all else 0o600)
        # It changes its user by itself: subprocess would have to fork, which gRPC does not survive.
        command = [sys.executable, "-c", STRANGER, str(path), session.token.hex()]
        done = subprocess.run(command, capture_output=True, text=True)
    finally:
        path.chmod(0o600)
        for parent, mode in modes.items():
            parent.chmod(mode & 0o7777)
    assert done.stdout.strip() == (struct.pack("<I", REFUSED).hex() if open_to_all else "EACCES"), done.stderr
    assert ask(session)[0][:4] == struct.pack("<I", OK)


# Life


def test_tcp_has_no_side_channel():
    process, address = start_process(["--listen", "127.0.0.1:0"], stderr=subprocess.DEVNULL)
    try:
        with grpc.insecure_channel(address) as channel:
            lease = session_pb2_grpc.SessionServiceStub(channel).OpenSession(session_pb2.OpenSessionRequest())
            assert next(lease).opened.lane_socket == ""
            lease.cancel()
    finally:
        process.terminate()
        assert process.wait(20) == 0


def test_stale_socket_is_taken_over_and_a_file_is_not(tmp_path):
    tmp_path.chmod(0o700)
    stale = tmp_path / "executor.sock.lanes"
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as other:
        other.bind(str(stale))
    with running_daemon(tmp_path) as daemon, daemon.session() as session:
        assert ask(session)[0][:4] == struct.pack("<I", OK)
    assert list(tmp_path.iterdir()) == []
    stale.write_text("precious")
    command = [sys.executable, "-m", "exclave.executor", "--listen", f"unix:{tmp_path}/executor.sock"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert (done.returncode, stale.read_text()) == (1, "precious")
    assert "exists and is not a socket" in done.stderr
    stale.unlink()
