"""A real daemon's figures of its sessions, over gRPC."""

from __future__ import annotations

import os

import pytest
from exclave.v1 import execution_pb2, session_pb2
from grpc import StatusCode
from support_daemon import Refused
from support_executor import CODE, DATA, LANES, READONLY, running_daemon, wait_until

PAGE = os.sysconf("SC_PAGESIZE")


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    folder = tmp_path_factory.mktemp("d")
    folder.chmod(0o700)
    with running_daemon(folder) as running:
        yield running


@pytest.fixture
def running(daemon):
    with daemon.session() as opened:
        yield opened.start()


def stats_of(session):
    request = session_pb2.GetSessionStatsRequest(session_token=session.token)
    return session.daemon.sessions.GetSessionStats(request).stats


def zones_of(session):
    return {zone.zone: zone for zone in stats_of(session).zones}


def listed(daemon):
    return daemon.sessions.ListSessionStats(session_pb2.ListSessionStatsRequest())


def test_zones_as_they_were_opened(running):
    assert {zone: figures.reserved for zone, figures in zones_of(running).items()} == {
        zone: place.size for zone, place in running.zones.items()
    }


def test_memory_comes_and_goes(running):
    before = zones_of(running)
    number = running.load(READONLY, 8, b"x" * 3 * PAGE)
    inside = zones_of(running)[READONLY]
    assert inside.committed - before[READONLY].committed == 4 * PAGE
    assert inside.live_segments - before[READONLY].live_segments == 1
    assert inside.live_bytes - before[READONLY].live_bytes == 3 * PAGE
    running.deinitialize(number)
    after = zones_of(running)
    assert after[READONLY] == before[READONLY]
    assert after[CODE].live_bytes == before[CODE].live_bytes > 0


def test_memory_that_nobody_initialized_is_committed_but_not_live(running):
    before = zones_of(running)[DATA]
    running.write(running.zones[DATA].address + (1 << 20), b"x" * 10 * PAGE)
    after = zones_of(running)[DATA]
    assert after.committed - before.committed == 10 * PAGE
    assert after.live_bytes == before.live_bytes


def test_windows_initializes_and_deinitializes_are_counted(running):
    before = stats_of(running)
    assert (before.initializes, before.deinitializes) == (1, 0)
    assert before.write_windows == 1
    assert 0 < before.write_window_ns < before.uptime_ns
    numbers = [running.load(READONLY, i * 100, b"x" * 50) for i in range(3)]
    running.deinitialize(*numbers)
    running.write(running.zones[DATA].address, b"data need no window")
    after = stats_of(running)
    assert (after.initializes, after.deinitializes) == (4, 1)
    assert after.write_windows >= 4
    assert after.write_window_ns > before.write_window_ns


def test_what_was_refused_is_not_counted(running):
    with Refused(StatusCode.INVALID_ARGUMENT, "SEGMENT_EMPTY"):
        running.load(READONLY, 0, b"")
    with Refused(StatusCode.NOT_FOUND, "NO_SUCH_ALLOCATION"):
        running.deinitialize(99)
    stats = stats_of(running)
    assert (stats.initializes, stats.deinitializes) == (1, 0)


def test_messages_and_busy_lanes(running):
    before = stats_of(running)
    assert before.busy_lanes == 0
    for i in range(5):
        running.call("add", i, i)
    with running.talk() as talk:
        lane = running.zones[LANES].address + 65536
        talk.send(execution_pb2.ConverseRequest(call=running.request("ask", 7, 8, lane)))
        assert talk.take().callback.callback == 7
        inside = stats_of(running)
        assert inside.busy_lanes == 1
        assert inside.messages - before.messages == 6
        talk.send(execution_pb2.ConverseRequest(resume=execution_pb2.ConverseRequest.Resume(slots=b"12345678")))
        assert talk.take().WhichOneof("response") == "returned"
    after = stats_of(running)
    assert after.messages - before.messages == 7
    assert after.busy_lanes == 0


def test_the_workers_time(running):
    """Native code that computes shows as CPU time; the system says it of any process."""
    with running.talk() as talk:
        talk.send(execution_pb2.ConverseRequest(call=running.request("forever", 0, 0)))
        begin = stats_of(running)
        assert wait_until(lambda: stats_of(running).cpu_ns - begin.cpu_ns > 50_000_000)
        assert stats_of(running).uptime_ns > begin.uptime_ns


def test_page_faults_are_known(running):
    assert stats_of(running).page_faults > 0
    assert stats_of(running).worker_pid == running.pid


def test_a_list_of_all(daemon):
    before = listed(daemon)
    with daemon.session() as one, daemon.session() as two:
        one.start()
        found = listed(daemon)
        assert [session.worker_pid for session in found.sessions] == [one.pid, two.pid]
        assert [session.initializes for session in found.sessions] == [1, 0]
        assert found.sessions[0].name == stats_of(one).name
        assert found.opened - before.opened == 2
    assert wait_until(lambda: not listed(daemon).sessions)
    assert listed(daemon).crashed == before.crashed, "they were closed"


def test_a_dead_session(daemon):
    before = listed(daemon)
    with daemon.session() as session:
        session.start()
        with Refused(StatusCode.ABORTED, "WORKER_DIED"):
            session.call("poke", 0, 0)
        with Refused(StatusCode.FAILED_PRECONDITION, "WORKER_GONE"):
            stats_of(session)
        assert not listed(daemon).sessions
        session.wait_exit()
    assert wait_until(lambda: listed(daemon).crashed - before.crashed == 1)


def test_a_list_is_no_use_of_a_session(tmp_path):
    """Whoever looks all the time keeps nobody's idle session open."""
    with running_daemon(tmp_path, "--idle-timeout", "0.5") as daemon, daemon.session() as session:
        assert wait_until(lambda: not listed(daemon).sessions)
        assert "was not used" in session.wait_exit().message
