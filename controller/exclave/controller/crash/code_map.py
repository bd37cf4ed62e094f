"""What lies at an address of a session: which function or variable of which unit, now or before it was removed.

Owns: the linked images of everything that is live, and of the last of what was, in order. Must not know: faults, how
images came about. Invariant: what is live is found before what was removed, and what came later before what came
earlier, since freed ranges are used again; memory is bounded by what is live.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from ..link import LinkedImage
from ..link.graph import Place as SymbolPlace
from ..link.image import Segment
from .cfi import CfiError, FrameDescription, parse_frames

GLUE = ("exclave_adapter_", "exclave_map_", "exclave_callback_", "exclave_run_", "exclave_peek", "exclave_poke")
"""How the names of functions begin that lie between Python and the user's code."""

KEPT = 64
"""Images of which nothing is live any more that are known all the same."""


class Unit(Protocol):
    """What an owner's number stands for: a materialization unit."""

    @property
    def name(self) -> str:
        """For messages."""
        ...

    @property
    def state(self) -> str:
        """ "removed" once its memory was freed."""
        ...


@dataclass(frozen=True)
class Place:
    """What lies at an address: `name` is its function's or variable's, or empty; `offset` from there in bytes."""

    address: int
    zone: str
    name: str
    offset: int
    unit: str
    freed: bool
    image: LiveImage
    block: int

    @property
    def text(self) -> str:
        """Such as `tab+0x10`."""
        return f"{self.name or 'something'}{f'+{self.offset:#x}' if self.offset else ''}"


@dataclass
class LiveImage:
    """An image whose units, by owner's number, were linked together; some may be removed by now, and None did not go
    live."""

    image: LinkedImage
    units: list[Unit | None]

    @property
    def gone(self) -> bool:
        """Whether nothing of it is live."""
        return all(unit is None or unit.state == "removed" for unit in self.units)

    def place(self, address: int) -> Place | None:
        """What of this image lies there."""
        segment = self.segment(address)
        unit = None if segment is None else self.units[segment.owner]
        if segment is None or unit is None:
            return None
        row = self._block_row(address)
        name, offset = self._name(address, segment)
        return Place(address, segment.zone, name, offset, unit.name, unit.state == "removed", self, row)

    def segment(self, address: int) -> Segment | None:
        """The segment that holds an address."""
        return next((s for s in self.image.segments if s.address <= address < s.address + s.size), None)

    def _name(self, address: int, segment: Segment) -> tuple[str, int]:
        found = self.image.symbolize(address)
        if found is None:
            return "", address - segment.address
        name, plus, offset = found.rpartition("+")
        return (name, int(offset, 16)) if plus else (found, 0)

    @cached_property
    def _blocks(self) -> tuple[list[int], list[int]]:
        blocks = self.image.graph.blocks
        rows = np.flatnonzero(blocks.live != 0)
        rows = rows[np.argsort(blocks.address[rows], kind="stable")]
        return blocks.address[rows].tolist(), rows.tolist()

    def _block_row(self, address: int) -> int:
        addresses, rows = self._blocks
        index = int(np.searchsorted(addresses, address, side="right")) - 1
        return rows[index] if index >= 0 else -1

    def file_place(self, place: Place) -> tuple[memoryview, int] | None:
        """The object file that the byte came from, and the byte's offset in it."""
        graph = self.image.graph
        if place.block < 0:
            return None
        blocks, row = graph.blocks, place.block
        inside = place.address - int(blocks.address[row])
        if blocks.zero_fill[row] or not 0 <= inside < int(blocks.size[row]):
            return None
        return memoryview(graph.buffers[int(blocks.buffer[row])]), int(blocks.start[row]) + inside

    def read(self, address: int, size: int) -> bytes:
        """Linked content, as it was shipped; less at its end."""
        segment = self.segment(address)
        if segment is None:
            return b""
        start = address - segment.address
        return bytes(segment.content[start : start + size])

    def target_of(self, address: int) -> str:
        """The name of the symbol that the fixup in the 8 bytes before `address` refers to; empty if there is none."""
        graph, row = self.image.graph, self._block_row(address - 1)
        if row < 0:
            return ""
        edges, offset = graph.edges, address - int(graph.blocks.address[row])
        near = np.flatnonzero((edges.block == row) & (edges.offset < offset) & (edges.offset >= offset - 8))
        return self._plain_name(int(edges.symbol[near[-1]])) if len(near) else ""

    def _plain_name(self, symbol: int) -> str:
        """Of what a stub leads to, if the symbol is a stub's."""
        graph = self.image.graph
        for table in (graph.stubs, graph.got):
            target = dict(zip(table.symbol.tolist(), table.target.tolist(), strict=True)).get(symbol)
            symbol = symbol if target is None else target
        return graph.symbol_name(symbol) if graph.symbols.place[symbol] != SymbolPlace.DISCARDED else ""

    @cached_property
    def frames(self) -> list[FrameDescription]:
        """The frame descriptions of all units; those before a damaged one where there is one."""
        found: list[FrameDescription] = []
        for special in self.image.ranges:
            if special.kind == "eh_frame":
                found += _readable(self.read(special.address, special.size), special.address)
        return found


def _readable(content: bytes, address: int) -> Iterator[FrameDescription]:
    try:
        yield from parse_frames(content, address)
    except CfiError:
        return


class CodeMap:
    """The images of a session. Its user holds the lock when it adds and removes; anybody may look."""

    def __init__(self) -> None:
        self._images: list[LiveImage] = []
        self._full = 2 * KEPT
        """How many images there may be before it is looked which are gone."""

    def add(self, image: LinkedImage, units: Iterable[Unit]) -> None:
        """Note what goes live; `units` are the image's owners, by number."""
        if len(self._images) >= self._full:
            self._sweep()
        image.fold()
        self._images.append(LiveImage(image, list(units)))

    def remove(self, units: Collection[Unit]) -> None:
        """Forget units that did not go live, or are not any more; they may be added again."""
        leaving = set(map(id, units))
        for live in self._images:
            if not leaving.isdisjoint(map(id, live.units)):
                live.units = [None if id(unit) in leaving else unit for unit in live.units]

    def _sweep(self) -> None:
        """Forget what is gone, but for the last of it: a stale pointer may still lead there."""
        gone = [live for live in self._images if live.gone]
        forgotten = set(map(id, gone[:-KEPT]))
        self._images = [live for live in self._images if id(live) not in forgotten]
        self._full = 2 * max(len(self._images), KEPT)

    def clear(self) -> None:
        """Forget them all: the session is over, and they are large."""
        self._images = []

    def find(self, address: int) -> Place | None:
        """What lies at an address, or lay there."""
        places = [place for live in reversed(self._images) if (place := live.place(address)) is not None]
        return next((place for place in places if not place.freed), places[0] if places else None)

    def code(self, address: int) -> Place | None:
        """The same for an address in live code, else None."""
        place = self.find(address)
        return place if place is not None and place.zone == "code" and not place.freed else None

    def frame_at(self, place: Place) -> FrameDescription | None:
        """The frame description that covers a place."""
        return next((f for f in place.image.frames if f.start <= place.address < f.end), None)
