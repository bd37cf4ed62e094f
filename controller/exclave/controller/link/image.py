"""What a link gives: segments with their bytes, addresses of symbols, and what to announce.

Owns: nothing but the result. Must not know: how it was made. Invariant: what it says does not change any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np

from .arrays import Ints, rows_of
from .folded import FoldedGraph
from .graph import LinkGraph, Place, Zone
from .layout import SpecialRange


class Segment(NamedTuple):
    """A segment at its address. `content` is the first bytes of `size`; the rest is zero."""

    owner: int
    zone: Zone
    address: int
    size: int
    content: memoryview | bytes


@dataclass
class LinkAccount:
    """What one link did, in pieces and bytes; `seconds` by phase; `pruned` counts blocks."""

    objects: int = 0
    sections: int = 0
    symbols: int = 0
    edges: int = 0
    bytes: int = 0
    pruned: int = 0
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass
class LinkedImage:
    """Relocated segments, ready to ship.

    symbols: the final address of each non-local symbol that is defined and alive. ranges: what to announce.
    """

    segments: list[Segment]
    ranges: list[SpecialRange]
    account: LinkAccount
    _graph: LinkGraph | FoldedGraph
    addresses: Ints  # of all symbols of the graph
    _rows: Ints  # of the symbols in `symbols`

    @property
    def graph(self) -> LinkGraph:
        """All that was linked. A folded image is unfolded by that: whoever asks may ask for more."""
        if isinstance(self._graph, FoldedGraph):
            self._graph = self._graph.unfold()
        return self._graph

    def fold(self) -> None:
        """Take less memory until somebody asks for the graph."""
        self._graph = FoldedGraph.of(self.graph)
        for name in ("symbols", "_names", "_owners", "hidden"):
            self.__dict__.pop(name, None)

    @property
    def rows(self) -> Ints:
        """Those of the graph's symbols that `symbols` are."""
        return self._rows

    @cached_property
    def symbols(self) -> Mapping[str, int]:
        """Each name's address."""
        return dict(zip(self._names, self.addresses[self._rows].tolist(), strict=True))

    @cached_property
    def _names(self) -> list[str]:
        return list(map(self.graph.names.__getitem__, self.graph.symbols.external[self._rows].tolist()))

    @cached_property
    def hidden(self) -> frozenset[str]:
        """Those of `symbols` that other JITDylibs must not see."""
        rows = rows_of(self.graph.symbols.hidden[self._rows] != 0)
        return frozenset(self._names[row] for row in rows.tolist())

    @cached_property
    def _owners(self) -> dict[str, int]:
        owners = np.array(self.graph.object_owners)[self.graph.objects_of_symbols(self._rows)]
        return dict(zip(self._names, owners.tolist(), strict=True))

    def symbol_owner(self, name: str) -> int:
        """The owner of the definition of `name`.

        Raises:
            KeyError: not one of `symbols`.
        """
        return self._owners[name]

    @cached_property
    def _by_address(self) -> tuple[Ints, Ints]:
        symbols, blocks = self.graph.symbols, self.graph.blocks
        named = (symbols.place == Place.BLOCK) & ((symbols.external >= 0) | (symbols.name > 0))
        rows = self.graph.without_labels(rows_of(named & (np.append(blocks.live, 0)[symbols.block] != 0)))
        # Of several names for one address the larger one, then the one that others see, comes last and is found.
        keys = (symbols.external[rows] >= 0, symbols.size[rows], self.addresses[rows])
        rows = rows[np.lexsort(keys)]
        return rows, self.addresses[rows]

    def symbolize(self, address: int) -> str | None:
        """`name+0x12` for an address in this image, else None."""
        segment = next((s for s in self.segments if s.address <= address < s.address + s.size), None)
        rows, addresses = self._by_address
        index = int(np.searchsorted(addresses, address, side="right")) - 1
        if segment is None or index < 0 or addresses[index] < segment.address:
            return None
        row, distance = int(rows[index]), address - int(addresses[index])
        name = self.graph.symbol_name(row)
        return f"{name}+{distance:#x}" if distance else name
