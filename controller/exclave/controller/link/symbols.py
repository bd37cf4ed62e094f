"""Who defines a name: ELF's rules for strong, weak, common and COMDAT definitions, for a whole batch.

Owns: the choice. Must not know: addresses. Invariant: afterwards every edge's symbol is the definition that won, or
the one undefined symbol that stands for its name. (ELF gABI, "Symbol Table", "COMDAT"; orc::ResourceTracker's rules)
"""

from __future__ import annotations

from collections.abc import Set

import numpy as np

from ..errors import DuplicateSymbolsError
from .arrays import Flags, Ints, any_of, rows_of
from .graph import Binding, LinkGraph, Place
from .strings import intern_names


def resolve_symbols(graph: LinkGraph, overridden: Set[str] = frozenset()) -> Ints:
    """Point every edge at the definition that wins; returns it for each of `graph.names`, which become distinct.

    `overridden` names have a definition elsewhere already: weak and common ones of the batch give way to it.

    Raises:
        DuplicateSymbolsError: all names with more than one strong definition.
    """
    _discard_duplicate_groups(graph)
    symbols = graph.symbols
    rows = rows_of(symbols.external >= 0)
    names, ids = intern_names(graph.names)
    if names is not graph.names:
        graph.names = names
        symbols.external[rows] = ids[symbols.external[rows]]
    if overridden:
        _give_way(graph, rows, overridden)
    winner = _choose(graph, rows)
    chosen = winner[symbols.external[rows]]
    if any_of(chosen != rows):
        canonical = np.arange(len(symbols))
        canonical[rows] = chosen
        graph.edges.symbol = canonical[graph.edges.symbol]
    return winner


def _discard_duplicate_groups(graph: LinkGraph) -> None:
    """Of the COMDAT groups with one signature, the first is kept; what the others define becomes references."""
    if not graph.comdats:
        return
    distinct, ids = intern_names(graph.comdats)
    if len(distinct) == len(graph.comdats):
        return
    groups = np.arange(len(ids))
    first = np.empty(len(distinct), np.int64)
    first[ids[::-1]] = groups[::-1]  # the last assignment counts
    lost = np.append(False, first[ids] != groups)  # 0 is no group
    in_lost = lost[graph.blocks.comdat]
    _demote(graph, np.append(in_lost, False)[graph.symbols.block])  # block -1, none, is the last one


def _demote(graph: LinkGraph, which: Flags) -> None:
    """Definitions become references, which must be satisfied; local ones have nobody who could."""
    symbols = graph.symbols
    symbols.place[which] = np.where(symbols.external[which] >= 0, Place.UNDEFINED, Place.DISCARDED)
    symbols.binding[which & (symbols.external >= 0)] = Binding.STRONG
    symbols.block[which] = -1


def _give_way(graph: LinkGraph, rows: Ints, overridden: Set[str]) -> None:
    symbols = graph.symbols
    ours = np.fromiter(map(overridden.__contains__, graph.names), np.bool_, len(graph.names))
    weak = (symbols.binding == Binding.WEAK) | (symbols.binding == Binding.COMMON)
    which = np.zeros(len(symbols), np.bool_)
    which[rows] = ours[symbols.external[rows]]
    _demote(graph, which & weak & (symbols.place != Place.UNDEFINED))


def _choose(graph: LinkGraph, rows: Ints) -> Ints:
    """For each name the row of the symbol that stands for it."""
    symbols = graph.symbols
    ids = symbols.external[rows]
    winner = np.full(len(graph.names), -1, np.int64)
    if len(ids) == len(winner):  # every name occurs once
        winner[ids] = rows
        return winner
    binding = symbols.binding[rows]
    defined = symbols.place[rows] != Place.UNDEFINED
    strong = defined & (binding == Binding.STRONG)
    _refuse_duplicates(graph, rows[strong], ids[strong])
    common = rows_of(defined & (binding == Binding.COMMON))
    steps = (  # the later ones win over the earlier ones
        rows_of(~defined & (binding == Binding.WEAK)),
        rows_of(~defined & (binding != Binding.WEAK)),
        rows_of(defined & (binding == Binding.WEAK)),
        common[np.argsort(-symbols.size[rows[common]], kind="stable")],  # the largest one
        rows_of(strong),
    )
    for step in steps:
        winner[ids[step[::-1]]] = rows[step[::-1]]  # the first of a step is assigned last
    if len(common) > 1:
        _align_commons(graph, rows[common], winner)
    return winner


def _align_commons(graph: LinkGraph, rows: Ints, winner: Ints) -> None:
    """A common symbol's block has the strictest alignment that anyone asked for."""
    symbols, blocks = graph.symbols, graph.blocks
    chosen = symbols.block[winner[symbols.external[rows]]]
    np.maximum.at(blocks.alignment, chosen[chosen >= 0], blocks.alignment[symbols.block[rows]][chosen >= 0])


def _refuse_duplicates(graph: LinkGraph, rows: Ints, ids: Ints) -> None:
    counts = np.bincount(ids, minlength=1)
    if int(counts.max()) < 2:
        return
    definitions: dict[str, list[str]] = {}
    for row in rows[counts[ids] > 1].tolist():
        definitions.setdefault(graph.symbol_name(row), []).append(graph.objects[graph.object_of_symbol(row)])
    raise DuplicateSymbolsError(definitions)
