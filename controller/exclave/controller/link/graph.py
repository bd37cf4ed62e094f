"""LinkGraph: what an object file says, in columns.

Owns: the tables of Section, Block, Symbol and Edge, one NumPy array per column and one row per thing, and the views
of single rows for people. Must not know: any object format, any architecture, where things will lie.
Invariant: the columns of a table have one length; every index in them is -1 or inside the table that it points into.
(the model is JITLink's: llvm/ExecutionEngine/JITLink/JITLink.h)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from .arrays import Ints
from .strings import StringTable, name_in
from .table import Table

Zone = Literal["code", "readonly", "data"]
ZONES: tuple[Zone, ...] = ("code", "readonly", "data")


class SectionKind:
    """What a section is for, as far as the layout cares; in the order in which a segment holds them."""

    NORMAL = 0
    EH_FRAME = 1
    INIT_ARRAY = 2
    CTORS = 3
    FINI_ARRAY = 4
    DTORS = 5
    IFUNC = 6  # entries of functions that are chosen when they go live: where the choice goes, and who makes it
    BOUNDED = 7  # its name is a C identifier, so that __start_NAME and __stop_NAME may be asked for


class Role:
    """What a block is, where that matters."""

    CONTENT = 0
    CIE = 1  # common information entry of .eh_frame
    FDE = 2  # frame description entry of .eh_frame: lives as long as its function
    TERMINATOR = 3  # the zero word that ends an owner's .eh_frame


class Binding:
    """Who sees a symbol, and which definition wins: the largest."""

    LOCAL = 0
    WEAK = 1
    COMMON = 2
    STRONG = 3
    NAMES = ("local", "weak", "common", "strong")


class Place:
    """Where a symbol is."""

    UNDEFINED = 0
    BLOCK = 1
    ABSOLUTE = 2
    DISCARDED = 3  # in a section that is not loaded, or in a COMDAT group of which another copy was taken
    NAMES = ("undefined", "block", "absolute", "discarded")


class Sections(Table):
    """One row per section of an object.

    strings, name: which string table of the graph, and the name's offset in it. zone: index into ZONES.
    kind: SectionKind. priority: order among sections of one kind. merge: pieces that are equal may become one: n for
    constants of n bytes, -n for strings of characters of n bytes, 0 for neither.
    """

    strings: Ints
    name: Ints
    zone: Ints
    kind: Ints
    priority: Ints
    merge: Ints


class Blocks(Table):
    """One row per block: a section's content, or a record of .eh_frame, or a common symbol's bytes.

    buffer, start: which of the graph's buffers has the content, and where in it. size, alignment: bytes.
    comdat: 1 + index into the graph's COMDAT signatures, or 0. owner: number of the resource tracker.
    image: offset of the content in the linked image, once laid out. zero_fill, retain, live: 0 or 1.
    """

    section: Ints
    buffer: Ints
    start: Ints
    size: Ints
    alignment: Ints
    zero_fill: Ints
    comdat: Ints
    role: Ints
    retain: Ints
    owner: Ints
    live: Ints
    address: Ints
    image: Ints


class Symbols(Table):
    """One row per symbol.

    strings, name: as in Sections; strings is -1 for symbols that the linker makes. external: index into the graph's
    `names`, -1 for local symbols. block, offset: where it is (BLOCK); block is -1 otherwise and offset is the value
    (ABSOLUTE). callable, hidden: 0 or 1.
    """

    strings: Ints
    name: Ints
    external: Ints
    block: Ints
    offset: Ints
    size: Ints
    binding: Ints
    place: Ints
    callable: Ints
    hidden: Ints


def make_symbols(block: Ints, offset: npt.ArrayLike, size: npt.ArrayLike) -> Symbols:
    """Rows of nameless local symbols."""
    return Symbols.of(len(block), strings=-1, external=-1, block=block, offset=offset, size=size, place=Place.BLOCK)


class Edges(Table):
    """One row per edge: `offset` bytes into `block` lies a fixup of `kind` to `symbol` plus `addend`."""

    block: Ints
    offset: Ints
    kind: Ints
    symbol: Ints
    addend: Ints


class Definition(NamedTuple):
    """A name that a graph defines for others."""

    name: str
    binding: Literal["strong", "weak", "common"]
    hidden: bool
    callable: bool
    comdat: bool
    size: int


class Reference(NamedTuple):
    """A name that a graph leaves undefined."""

    name: str
    weak: bool


_BINDINGS: dict[int, Literal["strong", "weak", "common"]] = {1: "weak", 2: "common", 3: "strong"}


@dataclass
class LinkGraph:
    """Objects in columns: one as parsed, or a batch of them concatenated.

    `names` are the non-local symbols' names, `comdats` the groups' signatures, `objects` the objects' names with
    the first section of each in `first_section` (and behind
    them the first of the linker's own). `parse_object` gives graphs that `link` never changes.
    """

    architecture: str
    objects: list[str]
    sections: Sections
    blocks: Blocks
    symbols: Symbols
    edges: Edges
    names: list[str]
    comdats: list[str]
    strings: list[StringTable | bytes]
    buffers: list[memoryview | bytes]
    first_section: list[int] = field(default_factory=lambda: [0])
    owners: list[int] = field(default_factory=lambda: [0])  # all of them, sorted
    object_owners: list[int] = field(default_factory=lambda: [0])  # of each object
    # Made by the linker's own passes:
    outside: Ints = field(default_factory=lambda: np.empty(0, np.int64))  # symbols that somebody else defines
    got_base: dict[int, int] = field(default_factory=dict)  # owner -> symbol of its GOT's first byte
    got: TableEntries = field(default_factory=lambda: TableEntries())
    stubs: TableEntries = field(default_factory=lambda: TableEntries())

    @property
    def name(self) -> str:
        """The object's name, or all of the batch's."""
        return ", ".join(self.objects)

    def definitions(self) -> Sequence[Definition]:
        """What this graph defines for others: strong, weak and common symbols, in the object's order."""
        s = self.symbols
        rows = np.flatnonzero((s.external >= 0) & ((s.place == Place.BLOCK) | (s.place == Place.ABSOLUTE)))
        group = np.append(self.blocks.comdat, 0)[s.block[rows]]
        columns = (s.external[rows], s.binding[rows], s.hidden[rows], s.callable[rows], group, s.size[rows])
        return [
            Definition(self.names[name], _BINDINGS[binding], bool(hidden), bool(is_callable), bool(comdat), size)
            for name, binding, hidden, is_callable, comdat, size in zip(*[c.tolist() for c in columns], strict=True)
        ]

    def references(self) -> Sequence[Reference]:
        """What this graph leaves undefined, in the object's order; what the linker itself defines is left out."""
        s = self.symbols
        rows = np.flatnonzero((s.external >= 0) & (s.place == Place.UNDEFINED))
        weak = (s.binding[rows] == Binding.WEAK).tolist()
        names = [self.names[i] for i in s.external[rows].tolist()]
        own = self._defined_by_linker()
        return [Reference(n, w) for n, w in zip(names, weak, strict=True) if n not in own]

    def targets(self) -> set[str]:
        """The names of all global symbols that edges refer to."""
        rows = np.unique(self.edges.symbol)
        return {self.names[i] for i in self.symbols.external[rows].tolist() if i >= 0}

    def _defined_by_linker(self) -> set[str]:
        bounded = np.flatnonzero(self.sections.kind == SectionKind.BOUNDED)
        names = {self.section_name(row) for row in bounded.tolist()}
        return {GOT_SYMBOL, *(START + n for n in names), *(STOP + n for n in names)}

    def section_name(self, section: int) -> str:
        """The name of a row of `sections`."""
        return name_in(self.strings[int(self.sections.strings[section])], int(self.sections.name[section]))

    def symbol_name(self, symbol: int) -> str:
        """The name of a row of `symbols`; a section symbol has its section's."""
        s = self.symbols
        if s.external[symbol] >= 0:
            return self.names[int(s.external[symbol])]
        text = name_in(self.strings[int(s.strings[symbol])], int(s.name[symbol])) if s.strings[symbol] >= 0 else ""
        if not text and s.block[symbol] >= 0:
            return self.section_name(int(self.blocks.section[s.block[symbol]]))
        return text

    def object_of_section(self, section: int) -> str:
        """The name of the object that a row of `sections` came from."""
        index = int(np.searchsorted(self.first_section, section, side="right")) - 1
        return self.objects[index] if index < len(self.objects) else "the linker"

    def where(self, block: int, offset: int) -> str:
        """A place in a block, for messages: `a.o: .text+0x12`."""
        section = int(self.blocks.section[block])
        return f"{self.object_of_section(section)}: {self.section_name(section)}+{offset:#x}"

    def object_of_symbol(self, symbol: int) -> int:
        """The index of the object whose symbol table has the row."""
        return int(self.symbols.strings[symbol]) // STRINGS_PER_OBJECT

    def objects_of_symbols(self, symbols: Ints) -> Ints:
        """The same for many symbols."""
        found: Ints = self.symbols.strings[symbols] // STRINGS_PER_OBJECT
        return found

    def dense_owners(self, owner: Ints) -> Ints:
        """Owners as their index among `owners`."""
        if len(self.owners) == 1:
            return np.zeros(len(owner), np.int64)
        index: Ints = np.array(self.owners).searchsorted(owner)
        return index

    def content(self, block: int) -> bytes:
        """The bytes of a row of `blocks`, as they were before any fixup."""
        b = self.blocks
        size = int(b.size[block])
        if b.zero_fill[block]:
            return bytes(size)
        start = int(b.start[block])
        return bytes(self.buffers[int(b.buffer[block])][start : start + size])

    def symbol(self, name: str) -> SymbolView:
        """A view of the symbol called `name`: the definition, if there is one.

        Raises:
            KeyError: there is none.
        """
        rows = [row for row in range(len(self.symbols)) if self.symbol_name(row) == name]
        if not rows:
            raise KeyError(name)
        rows.sort(key=lambda row: (self.symbols.place[row] != Place.BLOCK, -int(self.symbols.binding[row])))
        return SymbolView(self, rows[0])

    def function_at(self, block: int, offset: int) -> str | None:
        """The name of the named symbol that covers `offset` bytes into `block`, or None."""
        s = self.symbols
        rows = np.flatnonzero((s.block == block) & (s.offset <= offset) & (s.strings >= 0))
        section = self.section_name_of(block)
        named = [row for row in self.without_labels(rows).tolist() if self.symbol_name(row) != section]
        if not named:
            return None
        best: int = max(named, key=lambda row: (int(s.offset[row]), bool(s.callable[row])))
        return self.symbol_name(best)

    def without_labels(self, rows: Ints) -> Ints:
        """Those of these symbols that say something to people: not the assembler's own labels (`.L0`), of which RISC-V
        objects keep many, nor AArch64's and RISC-V's marks of what is code and what is data (`$x`, `$d`)."""
        s = self.symbols
        doubtful = (s.external[rows] < 0) & (s.size[rows] == 0) & (s.callable[rows] == 0)
        labels = [row for row in rows[doubtful].tolist() if self.symbol_name(row).startswith((".L", "$"))]
        return rows[~np.isin(rows, labels)] if labels else rows

    def section_name_of(self, block: int) -> str:
        """The name of the section that a block belongs to."""
        return self.section_name(int(self.blocks.section[block]))

    def dump(self) -> str:
        """The whole graph as text, the same for the same input."""
        from .dump import dump_graph

        return dump_graph(self)


@dataclass
class TableEntries:
    """Entries of a GOT or of stubs: one row per (owner, target). Symbols, by index."""

    symbol: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    target: Ints = field(default_factory=lambda: np.empty(0, np.int64))


@dataclass(frozen=True)
class SymbolView:
    """One row of the table of symbols."""

    graph: LinkGraph
    row: int

    @property
    def name(self) -> str:
        """As in the object."""
        return self.graph.symbol_name(self.row)

    @property
    def binding(self) -> str:
        """One of "local", "weak", "common", "strong"."""
        return Binding.NAMES[int(self.graph.symbols.binding[self.row])]

    @property
    def place(self) -> str:
        """One of "undefined", "block", "absolute", "discarded"."""
        return Place.NAMES[int(self.graph.symbols.place[self.row])]

    @property
    def hidden(self) -> bool:
        """Not for other JITDylibs."""
        return bool(self.graph.symbols.hidden[self.row])

    @property
    def callable(self) -> bool:
        """It is a function."""
        return bool(self.graph.symbols.callable[self.row])

    @property
    def offset(self) -> int:
        """In its block, in bytes; an absolute symbol's value."""
        return int(self.graph.symbols.offset[self.row])

    @property
    def size(self) -> int:
        """In bytes."""
        return int(self.graph.symbols.size[self.row])

    @property
    def section(self) -> str | None:
        """The name of its section, if it is in one."""
        block = int(self.graph.symbols.block[self.row])
        return self.graph.section_name_of(block) if block >= 0 else None

    @property
    def address(self) -> int:
        """Where it is, once the graph is laid out; an absolute symbol's value."""
        block = int(self.graph.symbols.block[self.row])
        return self.offset + (int(self.graph.blocks.address[block]) if block >= 0 else 0)

    @property
    def content(self) -> bytes:
        """Its bytes, before any fixup."""
        block = int(self.graph.symbols.block[self.row])
        return self.graph.content(block)[self.offset : self.offset + self.size] if block >= 0 else b""


STRINGS_PER_OBJECT = 3  # the names of sections, of symbols, and the linker's own
GOT_SYMBOL = "_GLOBAL_OFFSET_TABLE_"
START, STOP = "__start_", "__stop_"
