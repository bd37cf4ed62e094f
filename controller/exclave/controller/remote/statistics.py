"""Sessions' figures, from messages.

Owns: the translation, and asking for all sessions' figures at once. Must not know: who wants them. Invariant: what an
executor sends is checked before it is used: every zone is there, once.
"""

from __future__ import annotations

from exclave.v1 import session_pb2, session_pb2_grpc

from ..errors import ExecutorError
from ..statistics import ExecutorStats, WorkerStats, WorkerZone
from .connection import Connection
from .failures import translated
from .interrupts import interruptible
from .lease import ZONE_NAMES

LIST_SECONDS = 20.0


def list_session_stats(connection: Connection) -> ExecutorStats:
    """The figures of all sessions that we (this user, certificate, token) have at the executor.

    Raises:
        ExecutorError: why not.
    """
    stub = session_pb2_grpc.SessionServiceStub(connection.channel)
    with translated("list sessions", connection.address.target):
        future = stub.ListSessionStats.future(session_pb2.ListSessionStatsRequest(), timeout=LIST_SECONDS)
        answer = interruptible(future)
    return ExecutorStats(tuple(map(worker_stats_from, answer.sessions)), answer.opened, answer.crashed)


def worker_stats_from(message: session_pb2.SessionStats) -> WorkerStats:
    """One session's.

    Raises:
        ExecutorError: they make no sense.
    """
    zones = {ZONE_NAMES.get(zone.zone): _zone_from(zone) for zone in message.zones}
    known = {name: zones[name] for name in ZONE_NAMES.values() if name in zones}
    if len(known) != len(ZONE_NAMES) or len(message.zones) != len(ZONE_NAMES):
        raise ExecutorError(f"statistics: the executor's zones are not {', '.join(ZONE_NAMES.values())}")
    return WorkerStats(
        name=message.name,
        worker_pid=message.worker_pid,
        zones=known,
        write_windows=message.write_windows,
        write_window_seconds=message.write_window_ns / 1e9,
        messages=message.messages,
        busy_lanes=message.busy_lanes,
        initializes=message.initializes,
        deinitializes=message.deinitializes,
        cpu_seconds=message.cpu_ns / 1e9 if message.HasField("cpu_ns") else None,
        page_faults=message.page_faults if message.HasField("page_faults") else None,
        uptime=message.uptime_ns / 1e9,
    )


def _zone_from(message: session_pb2.ZoneStats) -> WorkerZone:
    return WorkerZone(message.reserved, message.committed, message.live_segments, message.live_bytes)
