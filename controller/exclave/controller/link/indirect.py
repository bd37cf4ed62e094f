"""IFUNCs: functions whose code is chosen when they go live, by a function of theirs, the resolver.

Owns: what an object's IFUNC becomes: a stub that has its name, and an entry (where the choice goes, and the resolver)
through which the stub jumps. Must not know: who calls the resolver, and when. Invariant: an address of an IFUNC that
anybody can keep is its stub's; the choice is 0 until it is made, so that a call before that is noticed.
(GNU gABI, "STT_GNU_IFUNC"; linkers of executables make an IRELATIVE relocation and a PLT entry of it)
"""

from __future__ import annotations

import numpy as np

from .architecture import Architecture
from .arrays import Ints
from .graph import Binding, Blocks, Edges, LinkGraph, Place, SectionKind, Sections
from .linker_sections import IFUNCS_SECTION, STUBS_SECTION, linker_section
from .stubs import stub_edges

ENTRY = 16
"""Bytes: the chosen function, the resolver."""
_CHOICE, _RESOLVER = 0, 8
_STRINGS = 2  # which of an object's string tables has the names of the linker's sections


def add_indirect(graph: LinkGraph, architecture: Architecture, rows: Ints) -> None:
    """Give the IFUNCs' names to stubs; `rows` are their symbols, at their resolvers. `graph` is of one object."""
    stub_blocks, entry_blocks = _add_blocks(graph, architecture, rows)
    stubs, entries = _add_symbols(graph, architecture, rows, stub_blocks, entry_blocks)
    moved = np.arange(len(graph.symbols))
    moved[rows] = stubs
    graph.edges.symbol = moved[graph.edges.symbol]
    resolvers = Edges.of(len(rows), block=entry_blocks, offset=_RESOLVER, kind=architecture.pointer_kind, symbol=rows)
    graph.edges.extend(*stub_edges(architecture.stub, stub_blocks, 0, entries), resolvers)


def _add_blocks(graph: LinkGraph, architecture: Architecture, rows: Ints) -> tuple[Ints, Ints]:
    """A stub and an entry for each, in blocks of their own, so that they live and die alone."""
    stub, count, first = architecture.stub, len(rows), len(graph.blocks)
    section, buffer = len(graph.sections), len(graph.buffers)
    entries = linker_section(IFUNCS_SECTION, "readonly", strings=_STRINGS, kind=SectionKind.IFUNC)
    graph.sections = Sections.concatenate(
        [graph.sections, linker_section(STUBS_SECTION, "code", strings=_STRINGS), entries]
    )
    graph.buffers += [memoryview(stub.content), memoryview(bytes(ENTRY))]
    size, alignment = len(stub.content), stub.alignment
    comdat = graph.blocks.comdat[graph.symbols.block[rows]]
    graph.blocks.extend(
        Blocks.of(count, section=section, buffer=buffer, size=size, alignment=alignment, comdat=comdat, live=1),
        Blocks.of(count, section=section + 1, buffer=buffer + 1, size=ENTRY, alignment=ENTRY, comdat=comdat, live=1),
    )
    return first + np.arange(count), first + count + np.arange(count)


def _add_symbols(
    graph: LinkGraph, architecture: Architecture, rows: Ints, stub_blocks: Ints, entry_blocks: Ints
) -> tuple[Ints, Ints]:
    """The stubs take the names; the resolvers keep their places, and become local."""
    symbols, count = graph.symbols, len(rows)
    stubs, entries = symbols.take(rows), symbols.take(rows)
    stubs.block[:], stubs.offset[:], stubs.size[:] = stub_blocks, 0, len(architecture.stub.content)
    stubs.callable[:] = 1
    entries.block[:], entries.offset[:], entries.size[:] = entry_blocks, _CHOICE, ENTRY
    entries.external[:], entries.binding[:], entries.callable[:] = -1, Binding.LOCAL, 0
    symbols.external[rows], symbols.binding[rows], symbols.callable[rows] = -1, Binding.LOCAL, 1
    entries.place[:] = stubs.place[:] = Place.BLOCK
    first = len(symbols)
    symbols.extend(stubs, entries)
    return first + np.arange(count), first + count + np.arange(count)
