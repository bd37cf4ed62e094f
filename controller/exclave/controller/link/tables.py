"""The GOT, the stubs, and the end of .eh_frame: blocks that no object has.

Owns: their entries, one per (owner, target), so that each owner's memory can be freed alone. Must not know: any
architecture's instructions but the template. Invariant: externals are resolved, so absolute, before; afterwards
every edge that asked for a GOT entry or a stub points at one, and a stub that turns out not to be needed is bypassed
later. (JITLink's GOTTableManager, PLTTableManager)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .architecture import Architecture
from .arrays import Ints, any_of, distinct, rows_of, starts_of
from .direct import edges_taking_addresses
from .graph import (
    GOT_SYMBOL,
    Blocks,
    Edges,
    LinkGraph,
    Place,
    Role,
    Symbols,
    TableEntries,
    make_symbols,
)
from .linker_sections import FRAME_END, GOT, STUBS
from .stubs import stub_edges

_POINTER = 8


@dataclass
class Requests:
    """Distinct (owner, target symbol) pairs, sorted, and for each of some edges the pair that it is for."""

    owner: Ints  # index among the graph's owners
    target: Ints
    entry: Ints


class Additions:
    """Rows that are collected, and appended to the graph's tables once: that copies them once."""

    def __init__(self, graph: LinkGraph) -> None:
        self._graph = graph
        self.first_block, self.first_symbol = len(graph.blocks), len(graph.symbols)
        self._blocks: list[Blocks] = []
        self._symbols: list[Symbols] = []
        self.edges: list[Edges] = []

    def append(self) -> None:
        """Append what was collected."""
        graph = self._graph
        if self._blocks:
            graph.blocks.extend(*self._blocks)
        if self._symbols:
            graph.symbols.extend(*self._symbols)
        if self.edges:
            graph.edges.extend(*self.edges)

    def add_blocks(self, section: int, owner: Ints, size: int, alignment: int, content: bytes) -> tuple[Ints, Ints]:
        """One block per owner, with `size` bytes for each of its entries; `owner` has one row per entry.

        Returns each entry's block and its offset there.
        """
        graph = self._graph
        graph.buffers.append(memoryview(content))
        section += len(graph.sections)
        first = self.first_block + sum(map(len, self._blocks))
        if len(graph.owners) == 1:
            count = len(owner)
            self._blocks.append(
                Blocks.of(
                    1, section=section, buffer=len(graph.buffers) - 1, size=count * size, alignment=alignment,
                    owner=graph.owners[0], live=1,
                )
            )  # fmt: skip
            return np.full(count, first), np.arange(count) * size
        owners, dense = distinct(owner, len(graph.owners))
        counts = np.bincount(dense, minlength=len(owners))
        before = starts_of(counts)
        rank = np.empty(len(owner), np.int64)
        rank[dense.argsort(kind="stable")] = np.arange(len(owner))
        self._blocks.append(
            Blocks.of(
                len(owners), section=section, buffer=len(graph.buffers) - 1, start=before * size, size=counts * size,
                alignment=alignment, owner=np.array(graph.owners)[owners], live=1,
            )
        )  # fmt: skip
        return first + dense, (rank - before[dense]) * size

    def add_frame_ends(self, owners: Sequence[int]) -> None:
        """A zero word for each owner."""
        graph = self._graph
        graph.buffers.append(memoryview(bytes(4)))
        section, buffer = len(graph.sections) + FRAME_END, len(graph.buffers) - 1
        self._blocks.append(
            Blocks.of(
                len(owners), section=section, buffer=buffer, size=4, alignment=1, role=Role.TERMINATOR, owner=owners,
                live=1,
            )
        )  # fmt: skip

    def add_symbols(self, block: Ints, offset: Ints, size: int) -> Ints:
        """A nameless symbol for each entry; returns their rows."""
        first = self.first_symbol + sum(map(len, self._symbols))
        self._symbols.append(make_symbols(block, offset, size))
        return np.arange(first, first + len(block))

    def place_of(self, symbols: Ints) -> tuple[Ints, Ints]:
        """Block and offset of symbols that `add_symbols` made first."""
        rows = symbols - self.first_symbol
        return self._symbols[0].block[rows], self._symbols[0].offset[rows]


def build_tables(graph: LinkGraph, architecture: Architecture) -> None:
    """Make what the live edges ask for."""
    new = Additions(graph)
    stubs = _make_stubs(graph, architecture, new)
    _make_got(graph, architecture, new, stubs)
    _end_frames(graph, new)
    new.append()


def undefined_symbols(graph: LinkGraph) -> Ints:
    """The rows of undefined symbols that an edge still refers to; not _GLOBAL_OFFSET_TABLE_, which is made here."""
    symbols = graph.symbols
    undefined = symbols.place == Place.UNDEFINED
    if not any_of(undefined):
        return rows_of(undefined)
    used = np.zeros(len(symbols), np.bool_)
    used[graph.edges.symbol] = True
    table = _table_symbol(graph)
    if table >= 0:
        used[table] = False
    return rows_of(used & undefined)


def _requests(graph: LinkGraph, rows: Ints, more: Ints | None = None) -> Requests:
    """What these edges ask for, and `more` (owner * number of symbols + target) after them."""
    if not len(rows) and more is None:
        return Requests(rows, rows, rows)
    span = len(graph.symbols)
    keys = graph.edges.symbol[rows]
    if len(graph.owners) > 1:
        keys = keys + graph.dense_owners(graph.blocks.owner[graph.edges.block[rows]]) * span
    pairs, entry = distinct(keys if more is None else np.concatenate((keys, more)), span * len(graph.owners))
    return Requests(pairs // span, pairs % span, entry)


def _make_stubs(graph: LinkGraph, architecture: Architecture, new: Additions) -> Requests:
    """A stub for each function that is called, or whose address is taken, and that may lie out of reach."""
    edges, stub = graph.edges, architecture.stub
    rows = rows_of(architecture.wants_stub[edges.kind])
    rows = rows[graph.symbols.place[edges.symbol[rows]] == Place.ABSOLUTE]
    rows = rows[edges.addend[rows] == architecture.at_start[edges.kind[rows]]]  # a stub has no inside
    direct = edges_taking_addresses(graph, architecture)
    rows = np.concatenate((rows, direct)) if len(direct) else rows
    wanted = _requests(graph, rows)
    count = len(wanted.target)
    if count:
        size, content = len(stub.content), stub.content * count
        block, offset = new.add_blocks(STUBS, wanted.owner, size, stub.alignment, content)
        graph.stubs = TableEntries(new.add_symbols(block, offset, size), wanted.target)
        edges.symbol[rows] = graph.stubs.symbol[wanted.entry]
    return wanted


def _make_got(graph: LinkGraph, architecture: Architecture, new: Additions, stubs: Requests) -> None:
    """A GOT for each owner that asks for an entry, itself or by a stub, or for the table as such."""
    edges, span = graph.edges, new.first_symbol
    rows = rows_of(architecture.wants_got[edges.kind])
    to_table = _edges_to_table(graph, architecture)
    if not len(rows) and not len(to_table) and not len(stubs.target):
        return
    wanted = _requests(graph, rows, stubs.owner * span + stubs.target)
    owner, count = _with_bare_owners(graph, wanted.owner, to_table), len(wanted.target)
    content = bytes(_POINTER * len(owner))
    block, offset = new.add_blocks(GOT, owner, _POINTER, _POINTER, content)
    symbol = new.add_symbols(block, offset, _POINTER)
    graph.got = TableEntries(symbol[:count], wanted.target)
    entry = symbol[wanted.entry]
    edges.symbol[rows] = entry[: len(rows)]
    first = rows_of(offset == 0)
    graph.got_base = {graph.owners[o]: s for o, s in zip(owner[first].tolist(), symbol[first].tolist(), strict=True)}
    _point_at_table(graph, architecture, to_table)
    pointer = architecture.pointer_kind
    new.edges.append(Edges.of(count, block=block[:count], offset=offset[:count], kind=pointer, symbol=wanted.target))
    _point_stubs(graph, architecture, new, entry[len(rows) :])


def _point_stubs(graph: LinkGraph, architecture: Architecture, new: Additions, entry: Ints) -> None:
    """The edges in each stub, to its GOT entry."""
    if len(entry):
        block, offset = new.place_of(graph.stubs.symbol)
        new.edges += stub_edges(architecture.stub, block, offset, entry)


def _with_bare_owners(graph: LinkGraph, owner: Ints, to_table: Ints) -> Ints:
    """Add an entry, never filled, for each owner that asks for the table but has no entry in it."""
    if not len(to_table):
        return owner
    asking = graph.dense_owners(graph.blocks.owner[graph.edges.block[to_table]])
    return np.concatenate((owner, np.setdiff1d(asking, owner)))


def _edges_to_table(graph: LinkGraph, architecture: Architecture) -> Ints:
    """Edges whose value depends on where their owner's GOT is."""
    wants, edges = architecture.wants_got_base[graph.edges.kind], graph.edges
    name = _table_symbol(graph)
    return rows_of(wants | (edges.symbol == name) if name >= 0 else wants)


def _table_symbol(graph: LinkGraph) -> int:
    """The row of the undefined symbol _GLOBAL_OFFSET_TABLE_, or -1."""
    if GOT_SYMBOL not in graph.names:
        return -1
    name = graph.names.index(GOT_SYMBOL)
    rows = rows_of((graph.symbols.external == name) & (graph.symbols.place == Place.UNDEFINED))
    return int(rows[0]) if len(rows) else -1


def _point_at_table(graph: LinkGraph, architecture: Architecture, rows: Ints) -> None:
    """Edges to _GLOBAL_OFFSET_TABLE_ get the symbol of their own owner's GOT."""
    if not len(rows):
        return
    edges, name = graph.edges, _table_symbol(graph)
    itself = [kind.number for kind in architecture.kinds if kind.formula == "GOT + A - P"]
    rows = rows[np.isin(edges.kind[rows], itself) | ((edges.symbol[rows] == name) & (name >= 0))]
    base = [graph.got_base.get(owner, -1) for owner in graph.owners]
    edges.symbol[rows] = np.array(base)[graph.dense_owners(graph.blocks.owner[edges.block[rows]])]


def _end_frames(graph: LinkGraph, new: Additions) -> None:
    """A zero word behind each owner's last frame description: there the unwinder stops reading."""
    owners = _owners_with_frames(graph)
    if owners:
        new.add_frame_ends(owners)


def _owners_with_frames(graph: LinkGraph) -> Sequence[int]:
    frames = (graph.blocks.role != Role.CONTENT) & (graph.blocks.live != 0)
    if len(graph.owners) == 1:
        return graph.owners if any_of(frames) else ()
    dense = graph.dense_owners(graph.blocks.owner[frames])
    return [graph.owners[index] for index in distinct(dense, len(graph.owners))[0].tolist()]


def bypass_stubs(graph: LinkGraph, architecture: Architecture, addresses: Ints) -> None:
    """Edges whose real target turned out to be in reach go there directly. `addresses`: of all symbols."""
    stubs, edges = graph.stubs, graph.edges
    if not len(stubs.symbol):
        return
    first, count = int(stubs.symbol[0]), len(stubs.symbol)
    rows = rows_of((edges.symbol >= first) & (edges.symbol < first + count))
    kinds = edges.kind[rows]
    rows = rows[architecture.wants_stub[kinds] | (kinds == architecture.pc32_kind)]  # whose reach depends on the place
    target = stubs.target[edges.symbol[rows] - first]
    fixup = graph.blocks.address[edges.block[rows]] + edges.offset[rows]
    value = addresses[target] + edges.addend[rows] - fixup
    kinds = edges.kind[rows]
    near = (value >= architecture.lowest[kinds]) & (value <= architecture.highest[kinds])
    edges.symbol[rows[near]] = target[near]
