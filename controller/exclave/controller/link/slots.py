"""Functions that can be replaced: stubs at fixed addresses, which jump through slots to bodies that come and go.

Owns: the graph of stubs with their slots, and what an object's own references to such functions mean. Must not know:
who replaces what, and when. Invariant: an address of a function that anybody can keep is its stub's. What needs this
very body, and nobody keeps, goes there directly: branches within the object, frame descriptions, tables of initializers
and finalizers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from .architecture import Architecture
from .architectures import architecture_named
from .arrays import Flags, Ints, rows_of
from .graph import Binding, Blocks, Edges, LinkGraph, Place, Role, SectionKind, Sections, Symbols
from .linker_sections import LINKER_STRINGS, SLOTS_SECTION, STUBS_SECTION, linker_section
from .strings import StringTable
from .stubs import stub_edges

SLOT_SUFFIX = "$slot"
"""Of a function's name: its slot's."""
_POINTER = 8
_OBJECT_STRINGS = 1  # which of an object's string tables has its symbols' names


def stub_graph(architecture: str, name: str, bodies: Mapping[str, str]) -> LinkGraph:
    """Stubs called as the keys of `bodies`, each with a slot that points to the symbol which its value names."""
    template, count = architecture_named(architecture), len(bodies)
    contents = template.stub.content * count, bytes(_POINTER * count)
    return LinkGraph(
        architecture=architecture, objects=[name], sections=_sections(), blocks=_blocks(template, count),
        symbols=_symbols(template, count), edges=_edges(template, count),
        names=[*bodies, *slot_names(bodies), *bodies.values()], comdats=[],
        strings=[StringTable(b"", name), StringTable(b"", name), LINKER_STRINGS],
        buffers=[memoryview(content) for content in contents],
    )  # fmt: skip


def slot_names(functions: Iterable[str]) -> list[str]:
    """The symbols of their slots."""
    return [name + SLOT_SUFFIX for name in functions]


def _sections() -> Sections:
    stubs = linker_section(STUBS_SECTION, "code", strings=2)
    return Sections.concatenate([stubs, linker_section(SLOTS_SECTION, "readonly", strings=2)])


def _blocks(architecture: Architecture, count: int) -> Blocks:
    """All stubs, and all slots: side by side, so that they are written in one window."""
    stub = architecture.stub
    sizes, alignments = [len(stub.content) * count, _POINTER * count], [stub.alignment, _POINTER]
    return Blocks.of(2, section=[0, 1], buffer=[0, 1], size=sizes, alignment=alignments, live=1)


def _symbols(architecture: Architecture, count: int) -> Symbols:
    """Stubs, their slots, and the bodies, which somebody else defines."""
    number, size = np.arange(count), len(architecture.stub.content)
    stubs = _defined(0, number, number * size, size)
    slots = _defined(1, count + number, number * _POINTER, _POINTER)
    stubs.callable[:] = 1
    slots.hidden[:] = 1
    return Symbols.concatenate([stubs, slots, _undefined(2 * count + number)])


def _edges(architecture: Architecture, count: int) -> Edges:
    """From each stub to its slot, and from that to the body."""
    number, stub = np.arange(count), architecture.stub
    to_slot = stub_edges(stub, 0, number * len(stub.content), count + number)
    to_body = Edges.of(
        count, block=1, offset=number * _POINTER, kind=architecture.pointer_kind, symbol=2 * count + number
    )
    return Edges.concatenate([*to_slot, to_body])


def _defined(block: int, external: Ints, offset: Ints, size: int) -> Symbols:
    return Symbols.of(
        len(external), strings=_OBJECT_STRINGS, external=external, block=block, offset=offset, size=size,
        binding=Binding.STRONG, place=Place.BLOCK,
    )  # fmt: skip


def _undefined(external: Ints) -> Symbols:
    return Symbols.of(
        len(external), strings=_OBJECT_STRINGS, external=external, block=-1, binding=Binding.STRONG,
        place=Place.UNDEFINED, callable=1,
    )  # fmt: skip


def with_bodies(graph: LinkGraph, bodies: Mapping[str, str]) -> LinkGraph:
    """The graph of an object whose functions, the keys of `bodies`, are called as the values: others define them.

    The given graph, of one object, is unchanged; the new one shares its columns where they are the same.
    """
    symbols, names, edges = graph.symbols.copy(), list(graph.names), graph.edges.copy()
    rows = rows_of((symbols.external >= 0) & (symbols.place == Place.BLOCK) & (symbols.binding == Binding.STRONG))
    rows = np.array([row for row in rows.tolist() if names[int(symbols.external[row])] in bodies], np.int64)
    functions = [names[external] for external in symbols.external[rows].tolist()]
    for external, function in zip(symbols.external[rows].tolist(), functions, strict=True):
        names[external] = bodies[function]
    _take_addresses_of_stubs(graph, symbols, edges, rows, functions, names)
    return replace(graph, symbols=symbols, names=names, edges=edges)


def _take_addresses_of_stubs(
    graph: LinkGraph, symbols: Symbols, edges: Edges, rows: Ints, functions: Sequence[str], names: list[str]
) -> None:
    """Have edges that take a function's address refer to an undefined symbol: its stub."""
    index = np.full(len(symbols), -1, np.int64)
    index[rows] = np.arange(len(rows))
    taking = rows_of((index[edges.symbol] >= 0) & ~_of_this_body(graph))
    wanted, which = np.unique(index[edges.symbol[taking]], return_inverse=True)
    first = len(symbols)
    symbols.extend(_undefined(len(names) + np.arange(len(wanted))))
    names += [functions[number] for number in wanted.tolist()]
    edges.symbol[taking] = first + which


def _of_this_body(graph: LinkGraph) -> Flags:
    """Edges for which only the body of their own object will do."""
    blocks, edges = graph.blocks, graph.edges
    kind = graph.sections.kind[blocks.section[edges.block]]
    tables = (kind >= SectionKind.INIT_ARRAY) & (kind <= SectionKind.DTORS)
    frames = blocks.role[edges.block] != Role.CONTENT
    branches = architecture_named(graph.architecture).wants_stub[edges.kind]
    found: Flags = tables | frames | branches
    return found
