"""`__start_NAME` and `__stop_NAME`: symbols of the linker for sections whose name is a C identifier.

Owns: these symbols, one pair per owner. Must not know: fixups. Invariant: they are defined only where an owner
refers to them and has such a section; otherwise the name is undefined like any other.
(GNU ld, "Input Section Example": orphan sections representable as C identifiers)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .arrays import Ints, any_of, rows_of
from .graph import START, STOP, LinkGraph, Place, SectionKind, make_symbols


@dataclass
class Bound:
    """One such symbol: its row, the blocks of the section in its owner's part, and which end it marks."""

    symbol: int
    blocks: Ints
    stop: bool


def define_bounds(graph: LinkGraph) -> list[Bound]:
    """Make these symbols and point the edges at them. They are placed by `place_bounds`."""
    if not any_of(graph.sections.kind == SectionKind.BOUNDED):
        return []
    sections = _blocks_by_name(graph)
    bounds: list[Bound] = []
    for index, name in enumerate(graph.names):
        stop = name.startswith(STOP)
        section = name.removeprefix(STOP if stop else START)
        if section != name and section in sections:
            bounds += _define(graph, index, sections[section], stop)
    return bounds


def _blocks_by_name(graph: LinkGraph) -> dict[str, Ints]:
    rows = rows_of(graph.sections.kind == SectionKind.BOUNDED).tolist()
    ids: dict[str, list[int]] = {}
    for row in rows:
        ids.setdefault(graph.section_name(row), []).append(row)
    return {name: rows_of(np.isin(graph.blocks.section, rows)) for name, rows in ids.items()}


def _define(graph: LinkGraph, name: int, blocks: Ints, stop: bool) -> list[Bound]:
    """The symbols of one name: one for each owner that refers to it."""
    symbols, edges, owner = graph.symbols, graph.edges, graph.blocks.owner
    undefined = (symbols.external == name) & (symbols.place == Place.UNDEFINED)
    rows = rows_of(undefined[edges.symbol])
    bounds = []
    for one in np.unique(owner[edges.block[rows]]).tolist():
        its_blocks = blocks[owner[blocks] == one]
        if len(its_blocks):
            bounds.append(Bound(len(graph.symbols), its_blocks, stop))
            graph.symbols.extend(make_symbols(its_blocks[:1], 0, 0))
            graph.edges.symbol[rows[owner[edges.block[rows]] == one]] = bounds[-1].symbol
    return bounds


def place_bounds(graph: LinkGraph, bounds: list[Bound]) -> None:
    """Put each symbol at the first or behind the last byte of its section."""
    for bound in bounds:
        address = graph.blocks.address[bound.blocks]
        if bound.stop:
            last = bound.blocks[np.argmax(address + graph.blocks.size[bound.blocks])]
            graph.symbols.block[bound.symbol] = last
            graph.symbols.offset[bound.symbol] = graph.blocks.size[last]
        else:
            graph.symbols.block[bound.symbol] = bound.blocks[np.argmin(address)]
