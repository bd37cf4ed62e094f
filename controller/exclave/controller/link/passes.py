"""The phases of a link, users' passes at them, and the pass that is always there: pruning.

Owns: what is alive. Must not know: tables, layout. Invariant: after `prune` no edge leaves a dead block, and every
live block is reached from a root. (JITLinkGeneric.cpp's phases; PassConfiguration as in JITLink)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass, field

import numpy as np

from .architecture import LINK_ORDER
from .arrays import Flags, Ints, any_of, ranges, rows_of, starts_of
from .frames import FUNCTION_OFFSET
from .graph import LinkGraph, Role, SectionKind

Pass = Callable[[LinkGraph], None]


@dataclass
class PassConfiguration:
    """Users' passes, by phase; each gets the whole batch as one graph.

    pre_prune: all that was given. post_prune: what is alive. post_allocation: addresses are known. pre_fixup:
    external symbols are known too. post_fixup: the linked image's bytes are final.
    """

    pre_prune: list[Pass] = field(default_factory=list)
    post_prune: list[Pass] = field(default_factory=list)
    post_allocation: list[Pass] = field(default_factory=list)
    pre_fixup: list[Pass] = field(default_factory=list)
    post_fixup: list[Pass] = field(default_factory=list)


def run_passes(passes: Iterable[Pass], graph: LinkGraph) -> None:
    """Run each of them."""
    for one in passes:
        one(graph)


def prune(graph: LinkGraph, winner: Ints, roots: Set[str] | None, needed: Ints) -> int:
    """Drop what no root reaches; returns the number of blocks dropped.

    `winner` is the chosen symbol of each name; `needed` are blocks that are kept besides.
    """
    blocks, edges = graph.blocks, graph.edges
    live = _roots(graph, winner, roots)
    live[needed] = True
    if not live[:-1].all():
        source, target = _paths(graph)
        _spread(live, source, target)
    live = live[:-1]
    dead = len(live) - int(np.count_nonzero(live))
    if dead:
        blocks.live[:] = live
        kept = live[edges.block]
        if not kept.all():
            graph.edges = edges.take(rows_of(kept))
    return dead


def _roots(graph: LinkGraph, winner: Ints, roots: Set[str] | None) -> Flags:
    """Which blocks are kept for their own sake; one row more than there are blocks, for symbols that are in none."""
    blocks, kind = graph.blocks, graph.sections.kind
    live = np.zeros(len(blocks) + 1, np.bool_)
    live[:-1] = blocks.retain
    always = (kind >= SectionKind.INIT_ARRAY) & (kind <= SectionKind.DTORS)
    if any_of(always):
        live[:-1] |= always[blocks.section]
    if roots is not None:
        winner = winner[np.fromiter(map(roots.__contains__, graph.names), np.bool_, len(graph.names))]
    live[graph.symbols.block[winner]] = True
    return live


def _paths(graph: LinkGraph) -> tuple[Ints, Ints]:
    """Pairs of blocks by which life spreads: edges, and from a function to its frame description.

    That one in turn keeps what it names: its CIE, the personality, the exception table.
    """
    edges, role = graph.edges, graph.blocks.role
    source, target = edges.block, graph.symbols.block[edges.symbol]
    useful = rows_of((source != target) & (target >= 0))
    source, target, offset = source[useful], target[useful], edges.offset[useful]
    belongs = edges.kind[useful] == LINK_ORDER
    if any_of(belongs):  # it lives as long as what it belongs to
        source, target = np.where(belongs, target, source), np.where(belongs, source, target)
    frame = rows_of(role[source] == Role.FDE)
    frame = frame[offset[frame] == FUNCTION_OFFSET]
    return np.concatenate((source, target[frame])), np.concatenate((target, source[frame]))


def _spread(live: Flags, source: Ints, target: Ints) -> None:
    """Mark all that is reached from what is marked. Each round looks at the edges of new blocks only."""
    order = (source.astype(np.uint16) if len(live) <= 65536 else source).argsort(kind="stable")  # by radix, if small
    target = target[order]
    counts = np.bincount(source, minlength=len(live))
    first, new = starts_of(counts), rows_of(live[:-1])
    while len(new):
        reached = target[ranges(first[new], counts[new])]
        reached = reached[~live[reached]]
        live[reached] = True
        new = _once(reached, first)


def _once(values: Ints, scratch: Ints) -> Ints:
    """Each value once. Of equal ones the last writes its row last."""
    if len(values) < 2:
        return values
    rows = np.arange(len(values))
    mark = np.empty_like(scratch)
    mark[values] = rows
    once: Ints = values[mark[values] == rows]
    return once
