"""One look of `exclave top`, as a table.

Owns: its columns. Must not know: where the figures come from, when they are shown.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ..model import Zone
from ..statistics import ExecutorStats, WorkerStats
from .console import human_bytes
from .rates import SessionRates

UNKNOWN = "?"
ZONES: tuple[Zone, ...] = ("code", "readonly", "data")
COLUMNS = ("session", "worker", "up", *ZONES, "calls/s", "CPU %", "faults/s", "windows", "open", "busy")


WIDE = 104
"""Letters that all columns need."""
ONLY_WIDE = ("faults/s", "open", "busy")


def top_table(address: str, stats: ExecutorStats, rates: Sequence[SessionRates], width: int = WIDE) -> RenderableType:
    """Everything that has room, the busiest session first."""
    heading = Text.assemble((address, "bold"), f"   {_summary(stats)}", no_wrap=True, overflow="ellipsis")
    if not rates:
        return Group(heading, Text("no sessions"))
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    shown = [column for column in COLUMNS if width >= WIDE or column not in ONLY_WIDE]
    for column in shown:
        table.add_column(column, justify="left" if column == "session" else "right", no_wrap=True)
    for one in sorted(rates, key=lambda one: (-(one.cpu or 0.0), -one.calls, one.stats.name)):
        cells = dict(zip(COLUMNS, _cells(one), strict=True))
        table.add_row(*(cells[column] for column in shown))
    return Group(heading, table)


def _summary(stats: ExecutorStats) -> str:
    committed = sum(zone.committed for session in stats.sessions for zone in session.zones.values())
    words = [f"{len(stats.sessions)} of {stats.opened} sessions open", f"{stats.crashed} crashed"]
    return ", ".join([*words, f"{human_bytes(committed)} committed"])


def _cells(one: SessionRates) -> list[str]:
    stats = one.stats
    zones = [human_bytes(stats.zones[zone].committed) for zone in ZONES]
    rates = [f"{one.calls:,.0f}", _percent(one.cpu), UNKNOWN if one.page_faults is None else f"{one.page_faults:,.0f}"]
    windows = [f"{stats.write_windows:,}", f"{stats.write_window_seconds * 1e3:,.1f} ms"]
    return [stats.name, str(stats.worker_pid), _span(stats), *zones, *rates, *windows, str(stats.busy_lanes)]


def _percent(share: float | None) -> str:
    return UNKNOWN if share is None else f"{share * 100:.0f}"


def _span(stats: WorkerStats) -> str:
    """`1:02:03`, or `2:03`."""
    minutes, seconds = divmod(int(stats.uptime), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
