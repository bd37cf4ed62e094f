"""Concatenates the graphs of a batch, so that every later step is one pass over everything.

Owns: how indexes shift. Must not know: what symbols mean to each other. Invariant: the inputs are not changed, so
that the same graphs can be linked again after a failure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, chain

import numpy as np

from ..errors import LinkError
from .arrays import Ints, starts_of
from .graph import Blocks, Edges, LinkGraph, Sections, Symbols
from .linker_sections import BATCH_SECTIONS
from .packed import ObjectGraph


@dataclass(frozen=True)
class LinkInput:
    """A graph, and the number of the resource tracker that its memory will belong to."""

    graph: ObjectGraph
    owner: int


def merge_graphs(inputs: Sequence[LinkInput], architecture: str) -> LinkGraph:
    """One graph of all inputs, in their order.

    Raises:
        LinkError: an input is for another architecture, or there is none.
    """
    graphs = [one.graph for one in inputs]
    if not graphs:
        raise LinkError("nothing to link")
    for graph in graphs:
        if graph.architecture != architecture:
            raise LinkError(
                f"{graph.name} is for {graph.architecture}, this link is for {architecture}: compile all of it for one"
            )
    merged = LinkGraph(
        architecture,
        list(chain.from_iterable(graph.objects for graph in graphs)),
        Sections.concatenate([*[graph.sections for graph in graphs], BATCH_SECTIONS]),
        Blocks.concatenate([graph.blocks for graph in graphs]),
        Symbols.concatenate([graph.symbols for graph in graphs]),
        Edges.concatenate([graph.edges for graph in graphs]),
        list(chain.from_iterable(graph.names for graph in graphs)),
        list(chain.from_iterable(graph.comdats for graph in graphs)),
        list(chain.from_iterable(graph.strings for graph in graphs)),
        list(chain.from_iterable(graph.buffers for graph in graphs)),
    )
    merged.first_section = [*accumulate([Sections.count(graph.sections) for graph in graphs], initial=0)]
    merged.owners = sorted({one.owner for one in inputs})
    merged.object_owners = [one.owner for one in inputs for _ in one.graph.objects]
    if len(graphs) == 1:
        merged.blocks.owner[:] = inputs[0].owner
        return merged
    merged.blocks.owner[:] = np.repeat([one.owner for one in inputs], [Blocks.count(graph.blocks) for graph in graphs])
    _shift_indexes(merged, graphs)
    return merged


def _shift_indexes(merged: LinkGraph, graphs: Sequence[ObjectGraph]) -> None:
    """Make each graph's indexes count from where its rows begin now."""
    sections = np.array([Sections.count(graph.sections) for graph in graphs])
    blocks = np.array([Blocks.count(graph.blocks) for graph in graphs])
    symbols = np.array([Symbols.count(graph.symbols) for graph in graphs])
    edges = np.array([Edges.count(graph.edges) for graph in graphs])
    strings = np.array([len(graph.strings) for graph in graphs])
    _shift(merged.sections.strings[: -len(BATCH_SECTIONS)], strings, sections)
    _shift(merged.blocks.section, sections, blocks)
    _shift(merged.blocks.buffer, np.array([len(graph.buffers) for graph in graphs]), blocks)
    _shift(merged.blocks.comdat, np.array([len(graph.comdats) for graph in graphs]), blocks, none=0)
    _shift(merged.symbols.strings, strings, symbols)
    _shift(merged.symbols.external, np.array([len(graph.names) for graph in graphs]), symbols)
    _shift(merged.symbols.block, blocks, symbols)
    _shift(merged.edges.block, blocks, edges)
    _shift(merged.edges.symbol, symbols, edges)


def _shift(column: Ints, targets: Ints, counts: Ints, none: int = -1) -> None:
    """Add to each graph's part of `column` how many rows of the table that it points into are before its own."""
    column += np.where(column > none, starts_of(targets).repeat(counts), 0)
