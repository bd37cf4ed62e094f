"""What a map shows: zones, their blocks, the allocations in them, by tracker.

Owns: these values, and the forms in which they can be had. Must not know: how the forms are drawn, where the values
come from. Invariant: nothing of a map changes any more; allocations of a zone are in order and do not overlap.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..model import Zone

RUNTIME = "the session runtime"
ADAPTERS = "adapters"
ARRAYS = "arrays"
KEPT = "kept for arrays"
IN_FLIGHT = "in flight"
"""Trackers of Exclave's own."""


@dataclass(frozen=True)
class Allocation:
    """Bytes [address, end) of a tracker's, with padding from `start` on; `names`: what lies in it, with addresses."""

    start: int
    address: int
    end: int
    tracker: str
    names: tuple[tuple[str, int], ...] = ()

    @property
    def size(self) -> int:
        """Bytes without the padding."""
        return self.end - self.address


@dataclass(frozen=True)
class ZoneMap:
    """One zone, [start, end): its blocks (start and end) and what is allocated in them. `committed`: memory behind it.

    More may be committed than allocated, by whole pages, and less, where nobody has written yet.
    """

    zone: Zone
    start: int
    end: int
    committed: int
    blocks: tuple[tuple[int, int], ...]
    allocations: tuple[Allocation, ...]

    @cached_property
    def carved(self) -> int:
        """Bytes in blocks."""
        return sum(end - start for start, end in self.blocks)

    @cached_property
    def payload(self) -> int:
        """Bytes in allocations."""
        return sum(one.size for one in self.allocations)

    @cached_property
    def padding(self) -> int:
        """Bytes before allocations."""
        return sum(one.address - one.start for one in self.allocations)

    @property
    def free(self) -> int:
        """Bytes in blocks that nobody has."""
        return self.carved - self.payload - self.padding

    @cached_property
    def by_tracker(self) -> Mapping[str, int]:
        """Payload by the tracker's name."""
        sizes: Counter[str] = Counter()
        for one in self.allocations:
            sizes[one.tracker] += one.size
        return dict(sizes)


@dataclass(frozen=True)
class MemoryMap:
    """The map of a session's memory at one moment. A notebook shows it as a picture, `print` as a table."""

    title: str
    zones: tuple[ZoneMap, ...]

    @cached_property
    def by_tracker(self) -> Mapping[str, int]:
        """Payload in all zones by the tracker's name, the largest first."""
        sizes: Counter[str] = Counter()
        for zone in self.zones:
            sizes.update(zone.by_tracker)
        return dict(sorted(sizes.items(), key=lambda item: (-item[1], item[0])))

    def svg(self) -> str:
        """The picture, as an SVG document."""
        from .svg import draw

        return draw(self)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture to a file; the table, if its name ends in .txt.

        Raises:
            OSError: it cannot be written.
        """
        target = Path(path)
        target.write_text(f"{self}\n" if target.suffix == ".txt" else self.svg(), encoding="utf-8")

    def _repr_html_(self) -> str:
        return self.svg()

    def __str__(self) -> str:
        from .table import table

        return table(self)

    def __repr__(self) -> str:
        used = ", ".join(f"{zone.zone} {zone.payload}" for zone in self.zones)
        return f"<MemoryMap of {self.title}: {used} bytes>"
