"""Sessions of a real daemon: opening one, its worker's process, strangers, and that nothing is left of it."""

from __future__ import annotations

import os
import re
import subprocess
from itertools import pairwise
from pathlib import Path

import grpc
import pytest
from exclave.executor.zones import DEFAULT_RESERVATION
from exclave.v1 import common_pb2, execution_pb2, memory_pb2, session_pb2
from grpc import StatusCode
from support_daemon import PAGE, Refused
from support_executor import CODE, DATA, LANES, READONLY, running_daemon
from support_host_state import HostState

IS_ROOT = os.geteuid() == 0


@pytest.fixture
def session(daemon_session):
    return daemon_session


# Opening


def test_opened_says_where_everything_is(session):
    zones = [session.zones[zone] for zone in (CODE, READONLY, DATA, LANES)]
    for left, right in pairwise(zones):
        assert left.address + left.size == right.address
    assert sum(zone.size for zone in zones) == 64 << 20
    assert len(session.token) == 16
    assert session.bootstrap["no_such_symbol_anywhere"] == 0
    assert all(session.bootstrap[name] for name in ("stdout", "syscall", "printf"))


def test_bases_are_random(daemon):
    bases = set()
    for _ in range(4):
        with daemon.session() as session:
            bases.add(session.zones[CODE].address)
    assert len(bases) == 4


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"reservation": 4096}, "BAD_RESERVATION"),
        ({"reservation": 1 << 40}, "BAD_RESERVATION"),
        ({"reservation": 2**64 - 1}, "BAD_RESERVATION"),
        ({"lanes": 65}, "BAD_LANES"),
        ({"reservation": 1 << 20, "lanes": 60}, "BAD_RESERVATION"),
        ({"symbols": ["a\0b"]}, "BAD_SYMBOL_NAME"),
        ({"symbols": [""]}, "BAD_SYMBOL_NAME"),
        ({"symbols": ["x" * 8000] * 10}, "TOO_MANY_SYMBOLS"),
    ],
)
def test_bad_requests_to_open(daemon, fields, reason):
    with Refused(StatusCode.INVALID_ARGUMENT, reason):
        daemon.session(**fields).__enter__()


def test_defaults(daemon):
    with daemon.session(reservation=0, lanes=0) as session:
        assert sum(zone.size for zone in session.zones.values()) == DEFAULT_RESERVATION
        assert session.zones[LANES].size == 7 * 65536


# The worker's process


@pytest.mark.skipif(not IS_ROOT, reason="only root may look at a worker, which is not dumpable")
class TestWorkerProcess:
    def test_views(self, running):
        mapped = {}
        for line in Path(f"/proc/{running.pid}/maps").read_text().splitlines():
            flags = line.split()[1]
            assert "wx" not in flags
            if found := re.search(r"memfd:exclave-(\w+)", line):
                mapped[found[1]] = flags
        assert mapped == {"code": "r-xs", "readonly": "r--s", "data": "rw-s", "lanes": "rw-s"}

    def test_descriptors(self, running):
        links = {path.name: str(path.readlink()) for path in Path(f"/proc/{running.pid}/fd").iterdir()}
        assert set(links) == {"0", "1", "2"}
        assert all(link.startswith("pipe:") for link in links.values())
        assert len(set(links.values())) == 3

    def test_status(self, running, daemon):
        text = Path(f"/proc/{running.pid}/status").read_text()
        status = dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)
        assert status["NoNewPrivs"] == "1"
        assert status["Seccomp"] == "2"
        assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0
        assert status["Uid"].split()[0] not in ("0", str(os.geteuid()))
        assert int(status["Threads"]) == 3
        for task in Path(f"/proc/{running.pid}/task").iterdir():
            assert "Seccomp:\t2" in (task / "status").read_text()

    def test_environment(self, running):
        environment = Path(f"/proc/{running.pid}/environ").read_bytes()
        assert environment.strip(b"\0") == b""

    def test_sessions_have_users_of_their_own(self, daemon):
        with daemon.session() as one, daemon.session() as two:
            texts = [Path(f"/proc/{session.pid}/status").read_text() for session in (one, two)]
            assert len({text.split("Uid:\t")[1].split()[0] for text in texts}) == 2


def test_views_of_the_daemon_are_inaccessible(daemon, running):
    running.write(running.zones[DATA].address, b"x" * 10000)
    running.read(running.zones[CODE].address, 1 << 20)
    flags = set()
    for line in Path(f"/proc/{daemon.process.pid}/maps").read_text().splitlines():
        if found := re.search(r"memfd:exclave-(\w+)", line):
            flags.add((found[1] if found[1] in ("lanes", "output") else "other", line.split()[1]))
    assert flags == {("other", "---s"), ("lanes", "rw-s"), ("output", "rw-s")}


@pytest.mark.parametrize("zone", [CODE, READONLY])
@pytest.mark.parametrize("protection", [3, 7])
def test_views_cannot_be_raised(running, zone, protection):
    """With protection 3 the filter lets the call pass, and the kernel refuses; with 7 the filter ends it."""
    target = running.zones[zone].address + PAGE
    if protection == 3:
        assert running.call("protect", target, 3) == -1
        return
    with Refused(StatusCode.ABORTED, "WORKER_DIED") as refused:
        running.call("protect", target, 7)
    assert refused.detail.worker_exit.cause == common_pb2.EXIT_CAUSE_SANDBOX


def test_views_cannot_be_unmapped(running):
    layers = {layer.name: layer.active for layer in running.opened.sandbox}
    if not layers["mseal"]:
        pytest.skip("this kernel has no mseal")
    assert running.call("unmap", running.zones[CODE].address, PAGE) == -1
    assert running.call("add", 1, 2) == 3


# Strangers


@pytest.mark.parametrize("token", [b"", b"x", b"x" * 16, b"x" * 17])
def test_wrong_token(daemon, running, token):
    calls = [
        lambda: list(daemon.execution.Converse(iter([execution_pb2.ConverseRequest(begin={"session_token": token})]))),
        lambda: daemon.execution.EndWorker(execution_pb2.EndWorkerRequest(session_token=token)),
        lambda: daemon.execution.DrainOutput(execution_pb2.DrainOutputRequest(session_token=token)),
        lambda: list(daemon.execution.FeedInput(iter([execution_pb2.FeedInputRequest(session_token=token)]))),
        lambda: daemon.execution.StartRuntime(execution_pb2.StartRuntimeRequest(session_token=token)),
        lambda: daemon.execution.LookupSymbols(execution_pb2.LookupSymbolsRequest(session_token=token)),
        lambda: daemon.memory.Deinitialize(memory_pb2.DeinitializeRequest(session_token=token)),
        lambda: list(daemon.memory.ReadMemory(memory_pb2.ReadMemoryRequest(session_token=token))),
        lambda: daemon.memory.WriteMemory(iter([memory_pb2.WriteMemoryRequest(session_token=token)])),
        lambda: running.initialize([], token=token or b"\0"),
        lambda: daemon.sessions.CloseSession(session_pb2.CloseSessionRequest(session_token=token)),
    ]
    for call in calls:
        with Refused(StatusCode.NOT_FOUND, "NO_SUCH_SESSION"):
            call()


def test_sessions_do_not_see_each_other(daemon):
    with daemon.session() as one, daemon.session() as two:
        one.start()
        two.start()
        one.load(DATA, 0, b"secret!!")
        assert two.read(two.zones[DATA].address, 8) == bytes(8)
        with Refused(StatusCode.NOT_FOUND, "NO_SUCH_ALLOCATION"):
            two.deinitialize(99)
        with pytest.raises(grpc.RpcError):
            one.call("poke", 8, 1)
        assert two.call("add", 1, 2) == 3


# Nothing is left


def test_nothing_leaks(tmp_path):
    tmp_path.chmod(0o700)
    with running_daemon(tmp_path, "--log-level", "warning", stderr=subprocess.DEVNULL) as daemon:
        with daemon.session() as session:
            session.start()
        before = HostState.settled(daemon.process.pid)
        for i in range(20):
            with daemon.session() as session:
                session.start()
                if i % 3 == 0:
                    with pytest.raises(grpc.RpcError):
                        session.call("poke", 8, 1)
        before.expect_again()
