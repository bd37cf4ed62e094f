"""Sessions' figures, as messages.

Owns: the translation. Must not know: where they come from.
"""

from __future__ import annotations

from exclave.executor.memory.usage import ZoneUsage
from exclave.executor.statistics import SessionStats
from exclave.v1 import session_pb2 as pb


def stats_message(stats: SessionStats) -> pb.SessionStats:
    """One session's."""
    process = stats.process
    return pb.SessionStats(
        name=stats.name,
        worker_pid=stats.worker_pid,
        zones=[_zone_message(zone) for zone in stats.zones],
        write_windows=stats.write_windows,
        write_window_ns=_nanoseconds(stats.write_window_seconds),
        messages=stats.messages,
        busy_lanes=stats.busy_lanes,
        initializes=stats.initializes,
        deinitializes=stats.deinitializes,
        cpu_ns=None if process is None else _nanoseconds(process.cpu_seconds),
        page_faults=None if process is None else process.page_faults,
        uptime_ns=_nanoseconds(stats.uptime),
    )


def _zone_message(usage: ZoneUsage) -> pb.ZoneStats:
    return pb.ZoneStats(
        zone=usage.zone,
        reserved=usage.reserved,
        committed=usage.committed,
        live_segments=usage.live_segments,
        live_bytes=usage.live_bytes,
    )


def _nanoseconds(seconds: float) -> int:
    return round(seconds * 1e9)
