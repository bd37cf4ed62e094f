"""Loads of GOT entries whose target turned out to be near: instructions that make its address without the load.

Owns: which edges are such loads, and what they become. Must not know: any architecture's instructions. Invariant: what
an instruction gives is the same before and after; the entry stays, though nobody may read it any more.
(x86-64 psABI, "Optimize GOTPCRELX Relocations"; JITLink's optimizeGOTAndStubAccesses)
"""

from __future__ import annotations

from .architecture import Architecture, GotLoads
from .arrays import Bytes, Ints, rows_of
from .graph import LinkGraph


def bypass_got(graph: LinkGraph, architecture: Architecture, addresses: Ints, image: Bytes) -> None:
    """Rewrite what can be rewritten, in the image and in the edges. `addresses`: of all symbols.

    Edges of these kinds are to GOT entries, all of them, since `build_tables` has made these.
    """
    rewrite, edges = architecture.rewrite_got_loads, graph.edges
    if rewrite is None or not len(graph.got.symbol):
        return
    rows = rows_of(architecture.is_got_load[edges.kind] & (edges.offset >= architecture.got_load_prefix))
    if not len(rows):
        return
    target = graph.got.target[edges.symbol[rows] - int(graph.got.symbol[0])]
    block, offset = edges.block[rows], edges.offset[rows]
    loads = GotLoads(
        edges.kind[rows], graph.blocks.image[block] + offset, graph.blocks.address[block] + offset,
        addresses[target], edges.addend[rows],
    )  # fmt: skip
    which, kind, shift = rewrite(image, loads)
    changed = rows[which]
    edges.kind[changed], edges.symbol[changed] = kind, target[which]
    edges.offset[changed] += shift
