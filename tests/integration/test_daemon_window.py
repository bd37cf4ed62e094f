"""A real daemon's views of its sessions' memory, as /proc has them, with clients that are slow, wrong or gone."""

from __future__ import annotations

import signal
import subprocess
import threading

import grpc
import pytest
from exclave.v1 import memory_pb2
from grpc import StatusCode
from support_daemon import Refused
from support_executor import CODE, READONLY, Session, Stream, finish, running_daemon, start_process, wait_until
from support_mappings import mappings_of
from support_plans import plan_message, results_of

PAGE = 4096
MIB = 1 << 20


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    folder = tmp_path_factory.mktemp("d")
    folder.chmod(0o700)
    with running_daemon(folder) as running:
        yield running


@pytest.fixture
def session(daemon):
    with daemon.session(reservation=256 * MIB) as opened:
        yield opened


class View:
    """What the daemon can access of one session's code and read-only data."""

    def __init__(self, session: Session) -> None:
        self._daemon = session.daemon.process.pid
        addresses = {session.zones[zone].address for zone in (CODE, READONLY)}
        self._inodes = inodes_at(session.pid, addresses)
        assert len(self._inodes) == 2

    def rights(self) -> set[str]:
        return {mapping.rights for mapping in mappings_of(self._daemon, self._inodes)}

    def open_ranges(self) -> list[tuple[int, int]]:
        found = [one for one in mappings_of(self._daemon, self._inodes) if one.rights != "---s"]
        assert all(one.rights == "rw-s" for one in found)
        return [(one.offset, one.offset + one.size) for one in found]


def inodes_at(pid: int, addresses: set[int]) -> set[int]:
    """Of what a worker has mapped at these addresses."""
    with open(f"/proc/{pid}/maps") as lines:  # noqa: PTH123 - of proc
        words = [line.split() for line in lines]
    return {int(word[4]) for word in words if int(word[0].partition("-")[0], 16) in addresses}


def plan_of(session: Session, *segments: tuple[int, int, int]) -> memory_pb2.InitializeRequest:
    placed = [(session.zones[zone].address + offset, size, size, zone) for zone, offset, size in segments]
    return memory_pb2.InitializeRequest(plan=plan_message(session.token, [(placed, [])]))


class SlowStream:
    """An Initialize whose chunks come when the test says so."""

    def __init__(self, session: Session, *segments: tuple[int, int, int]) -> None:
        self._session = session
        self._stream = Stream(session.daemon.memory.Initialize.future)
        self._stream.send(plan_of(session, *segments))

    def send(self, chunk: bytes, address: int) -> None:
        """Returns when the daemon has written it."""
        self._stream.send(memory_pb2.InitializeRequest(chunk=chunk))
        assert wait_until(lambda: self._session.read(address, len(chunk)) == chunk)

    def end(self) -> memory_pb2.InitializeResponse:
        self._stream.close()
        return self._stream.responses.result(20)

    def cancel(self) -> None:
        self._stream.cancel()


def test_it_is_closed_before_between_and_after_the_chunks_of_a_slow_stream(session):
    view, code = View(session), session.zones[CODE].address
    assert view.rights() == {"---s"}
    stream = SlowStream(session, (CODE, 0, 3 * PAGE), (READONLY, 0, 8))
    for number in range(3):
        stream.send(bytes([number + 1]) * PAGE, code + number * PAGE)
        assert view.rights() == {"---s"}
    stream.send(b"constant", session.zones[READONLY].address)
    assert view.rights() == {"---s"}
    (result,) = results_of(stream.end())
    assert result.allocation_id
    assert view.rights() == {"---s"}
    assert session.deinitialize(result.allocation_id) == []
    assert view.rights() == {"---s"}


def test_it_is_closed_after_a_refusal_and_after_a_client_that_left(session):
    view, code = View(session), session.zones[CODE].address
    session.load(CODE, 0, b"x" * 16)
    with Refused(StatusCode.INVALID_ARGUMENT, "SEGMENT_OVERLAP"):
        session.load(CODE, 8, b"y" * 16)
    assert view.rights() == {"---s"}
    with Refused(StatusCode.INVALID_ARGUMENT, "CONTENT_TOO_SHORT"):
        session.initialize([([(CODE, PAGE, 16, 16)], [])], b"short")
    assert view.rights() == {"---s"}
    stream = SlowStream(session, (CODE, PAGE, 2 * PAGE))
    stream.send(b"z" * PAGE, code + PAGE)
    stream.cancel()
    assert wait_until(lambda: session.read(code + PAGE, PAGE) == bytes(PAGE)), "it is undone"
    assert view.rights() == {"---s"}
    assert session.load(CODE, PAGE, b"again" * 100)


def test_what_is_open_while_much_is_written_is_where_it_is_written(session):
    """Nothing tells when a window is open: this looks as often as it can, and what it finds must be right."""
    view, begin, size = View(session), 3 * PAGE, 24 * MIB
    chunks = [bytes([n + 1]) * MIB for n in range(size // MIB)]
    written = threading.Thread(target=session.initialize, args=([([(CODE, begin, size, size)], [])], chunks))
    written.start()
    while written.is_alive():
        for first, end in view.open_ranges():
            assert begin <= first < end <= begin + size
            assert end - first <= MIB + PAGE, "a chunk's pages"
    written.join()
    assert view.rights() == {"---s"}
    assert session.read(session.zones[CODE].address + begin, 1) == b"\1"


def test_another_session_stays_closed_meanwhile(daemon, session):
    with daemon.session() as other:
        view = View(other)
        stream = SlowStream(session, (CODE, 0, 2 * PAGE))
        stream.send(b"x" * PAGE, session.zones[CODE].address)
        assert view.rights() == {"---s"}
        stream.cancel()


def test_a_fault_that_nothing_catches_is_in_the_log(tmp_path):
    """The kernel's signal is sent by hand: of failing memory nothing else can be provoked."""
    tmp_path.chmod(0o700)
    process, address = start_process(["--listen", f"unix:{tmp_path}/x.sock"], stderr=subprocess.PIPE)
    grpc.channel_ready_future(grpc.insecure_channel(address)).result(10)
    process.send_signal(signal.SIGBUS)
    text = finish(process)
    assert process.returncode == -signal.SIGBUS
    assert "Bus error" in text
    assert "server.py" in text
