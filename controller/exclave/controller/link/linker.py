"""Links a batch of graphs: this is the table of contents.

Owns: the order of the steps. Must not know: how any of them works. Invariant: the input graphs are unchanged, and
an error leaves nothing behind here. (JITLinkGeneric.cpp: link phases 1 to 4)
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..errors import LinkError, UndefinedSymbolsError
from .architectures import architecture_named
from .arrays import Ints, any_of
from .bounds import define_bounds, place_bounds
from .direct import copies_of, use_copies
from .fixups import apply_fixups, symbol_addresses
from .got_loads import bypass_got
from .graph import Binding, LinkGraph, Place
from .image import LinkAccount, LinkedImage, Segment
from .layout import Layout, SegmentRequest, copy_content, lay_out, place_segments, special_ranges
from .merge import LinkInput, merge_graphs
from .merging import merge_sections
from .passes import PassConfiguration, prune, run_passes
from .relaxation import relax_code
from .symbols import resolve_symbols
from .tables import build_tables, bypass_stubs, undefined_symbols

Resolve = Callable[[Sequence[str]], Mapping[str, int]]
Allocate = Callable[[Sequence[SegmentRequest]], Sequence[int]]
DEFAULT_MAX_SIZE = 2 << 30  # the most that an executor reserves


@dataclass(frozen=True)
class LinkOptions:
    """How to link.

    roots: the names to keep with all that they reach; None keeps every non-local symbol.
    overridden: names that are defined elsewhere for good: weak and common definitions of the batch give way.
    max_size: the most memory, in bytes, that all segments together may take.
    """

    architecture: str = "x86_64"
    roots: frozenset[str] | set[str] | None = None
    passes: PassConfiguration = field(default_factory=PassConfiguration)
    overridden: frozenset[str] | set[str] = frozenset()
    max_size: int = DEFAULT_MAX_SIZE


def link(inputs: Sequence[LinkInput], options: LinkOptions, resolve: Resolve, allocate: Allocate) -> LinkedImage:
    """Link all inputs together, at the addresses that `allocate` gives.

    `resolve` is called once, with all names that the batch leaves undefined; `allocate` once, with all segments.

    Raises:
        UndefinedSymbolsError, DuplicateSymbolsError: all such names at once.
        FixupError: a value does not fit. LinkError: the rest.
    """
    clock = _Clock()
    architecture, passes = architecture_named(options.architecture), options.passes

    graph = merge_graphs(inputs, options.architecture)
    counted = LinkAccount(len(inputs), graph.first_section[-1], len(graph.symbols), len(graph.edges))
    winner = resolve_symbols(graph, options.overridden)
    clock.ends("resolve")

    run_passes(passes.pre_prune, graph)
    bounds = define_bounds(graph)
    bounded = np.concatenate([bound.blocks for bound in bounds]) if bounds else np.empty(0, np.int64)
    counted.pruned = prune(graph, winner, options.roots, bounded)
    run_passes(passes.post_prune, graph)
    merge_sections(graph)
    clock.ends("prune")

    _refuse_discarded(graph)
    external = undefined_symbols(graph)
    found = _resolve_external(graph, external, resolve)
    use_copies(graph, architecture, found)
    clock.ends("externals")

    # Tables come before addresses: their size must be known, though some stubs will turn out not to be needed.
    build_tables(graph, architecture)
    clock.ends("tables")

    layout = lay_out(graph, options.max_size)
    if relax_code(graph, architecture, layout):
        layout = lay_out(graph, options.max_size)
    place_segments(graph, layout, allocate(layout.requests))
    place_bounds(graph, bounds)
    run_passes(passes.post_allocation, graph)
    clock.ends("layout")

    run_passes(passes.pre_fixup, graph)
    addresses = symbol_addresses(graph)
    bypass_stubs(graph, architecture, addresses)
    image = copy_content(graph, layout)
    content = np.frombuffer(image, np.uint8)
    bypass_got(graph, architecture, addresses, content)
    apply_fixups(graph, architecture, addresses, content)
    run_passes(passes.post_fixup, graph)
    clock.ends("fixups")

    return _result(graph, layout, image, addresses, winner, external, counted, clock)


_SMALL = 1024  # bytes of a segment that are rather copied than shared


class _Clock:
    """Seconds by phase."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._start = time.perf_counter()

    def ends(self, phase: str) -> None:
        """What ran since the last one belongs to `phase`."""
        now = time.perf_counter()
        self.seconds[phase], self._start = now - self._start, now


def _refuse_discarded(graph: LinkGraph) -> None:
    """An edge to something that is not loaded, or that was dropped with its group, has no value."""
    symbols, edges = graph.symbols, graph.edges
    discarded = symbols.place == Place.DISCARDED
    if not any_of(discarded):
        return
    bad = discarded[edges.symbol]
    if any_of(bad):
        row = int(np.argmax(bad))
        where = graph.where(int(edges.block[row]), int(edges.offset[row]))
        what = graph.symbol_name(int(edges.symbol[row])) or "a symbol"
        raise LinkError(
            f"{where} refers to {what}, which is in a section that is not loaded or in a COMDAT "
            "group of which another copy was taken: compile all objects with the same compiler and flags"
        )


def _resolve_external(graph: LinkGraph, rows: Ints, resolve: Resolve) -> Mapping[str, int]:
    """Ask once for all that is undefined, and for the copies that position-dependent code may want."""
    names = _names_of(graph, rows)
    found = resolve([*names, *copies_of(names)])
    _set_external(graph, rows, found)
    return found


def _set_external(graph: LinkGraph, rows: Ints, found: Mapping[str, int]) -> None:
    """Undefined symbols become absolute ones; weak ones that nobody has are 0."""
    symbols = graph.symbols
    values = list(map(found.get, _names_of(graph, rows)))
    if None in values:
        absent = np.fromiter((value is None for value in values), np.bool_, len(values))
        missing = rows[absent & (symbols.binding[rows] != Binding.WEAK)]
        if len(missing):
            raise UndefinedSymbolsError(_referrers(graph, missing.tolist()))
        values = [value or 0 for value in values]
    symbols.offset[rows] = np.array(values, np.uint64).astype(np.int64)
    symbols.place[rows] = Place.ABSOLUTE
    graph.outside = rows


def _names_of(graph: LinkGraph, rows: Ints) -> list[str]:
    return list(map(graph.names.__getitem__, graph.symbols.external[rows].tolist()))


_MOST_REFERRERS = 16  # for each symbol
_MOST_FUNCTIONS = 1000  # looked up in all; the rest is told by section


def _referrers(graph: LinkGraph, missing: Sequence[int]) -> dict[str, list[str]]:
    """For each undefined symbol, the functions (or sections) that refer to it."""
    edges, result, looked_up = graph.edges, {}, 0
    order = edges.symbol.argsort(kind="stable")
    first = edges.symbol[order].searchsorted(missing).tolist()
    end = edges.symbol[order].searchsorted(missing, side="right").tolist()
    for row, begin, stop in zip(missing, first, end, strict=True):
        uses = order[begin : min(stop, begin + _MOST_REFERRERS)]
        looked_up += len(uses)
        where = zip(edges.block[uses].tolist(), edges.offset[uses].tolist(), strict=True)
        name = _place_name if looked_up < _MOST_FUNCTIONS else _section_name
        result[graph.symbol_name(row)] = list(dict.fromkeys(name(graph, block, offset) for block, offset in where))
    return result


def _section_name(graph: LinkGraph, block: int, _offset: int) -> str:
    return graph.section_name_of(block)


def _place_name(graph: LinkGraph, block: int, offset: int) -> str:
    return graph.function_at(block, offset) or graph.section_name_of(block)


def _result(
    graph: LinkGraph,
    layout: Layout,
    image: bytearray,
    addresses: Ints,
    winner: Ints,
    external: Ints,
    account: LinkAccount,
    clock: _Clock,
) -> LinkedImage:
    """Cut the image into segments, and find the symbols that are alive."""
    blocks, symbols = graph.blocks, graph.symbols
    view, starts = memoryview(image).toreadonly(), layout.image_start.tolist()
    is_external = np.zeros(len(symbols), np.bool_)
    is_external[external] = True
    segments = []
    for request, start, address in zip(layout.requests, starts, layout.addresses, strict=True):
        content: memoryview | bytes = view[start : start + request.content_size]
        if request.content_size < _SMALL:
            content = bytes(content)  # views are looked at by the garbage collector, bytes are not
        segments.append(Segment(request.owner, request.zone, address, request.size, content))
    place, block = symbols.place[winner], symbols.block[winner]
    alive = (place == Place.ABSOLUTE) & ~is_external[winner]
    alive |= (place == Place.BLOCK) & (blocks.live[block] != 0) if len(blocks) else False
    rows = winner[alive]
    account.bytes = sum(segment.size for segment in segments)
    account.seconds = clock.seconds
    return LinkedImage(segments, special_ranges(graph, layout), account, graph, addresses, rows)
