"""A memory map as text: zones, then trackers.

Owns: the table. Must not know: where the map comes from. Invariant: plain text, each line as wide as it must be.
"""

from __future__ import annotations

from collections.abc import Sequence

from .markup import printable
from .model import MemoryMap, ZoneMap
from .units import size_text

COLUMNS = ("zone", "reserved", "committed", "carved", "payload", "padding", "free", "blocks", "allocations")


def table(shown: MemoryMap) -> str:
    """The whole text, without a newline at its end."""
    zones = [COLUMNS, *(_zone_row(zone) for zone in shown.zones)]
    names = [str(zone.zone) for zone in shown.zones]
    trackers = [("tracker", *names, "all"), *(_tracker_row(shown, name) for name in shown.by_tracker)]
    return "\n".join([printable(shown.title), "", *_aligned(zones), "", *_aligned(trackers)])


def _zone_row(zone: ZoneMap) -> tuple[str, ...]:
    sizes = (zone.end - zone.start, zone.committed, zone.carved, zone.payload, zone.padding, zone.free)
    return (str(zone.zone), *map(size_text, sizes), str(len(zone.blocks)), str(len(zone.allocations)))


def _tracker_row(shown: MemoryMap, name: str) -> tuple[str, ...]:
    sizes = [zone.by_tracker.get(name, 0) for zone in shown.zones]
    return (printable(name), *(size_text(size) if size else "-" for size in sizes), size_text(sum(sizes)))


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """The first column to the left, all others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if index else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
