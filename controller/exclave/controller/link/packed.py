"""The LinkGraph of a small object, packed: bytes instead of arrays, until a link joins those of a whole batch.

Owns: that form. Must not know: any object format. Invariant: `unpack` gives the graph that `parse_object` would have
given; nothing in here ever changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from .graph import Blocks, Definition, Edges, LinkGraph, Reference, Sections, Symbols
from .linker_sections import LINKER_STRINGS
from .strings import StringTable

DefinitionFields = tuple[str, Literal["strong", "weak", "common"], bool, bool, bool, int]


@dataclass(eq=False, slots=True)
class PackedGraph:
    """One object. Tables as `Table.unpack` wants them; what it lacks of a LinkGraph, no small object has.

    `defined` and `undefined`: the fields of Definitions and References. All of it is plain values, which cost the
    garbage collector nothing, however many objects there are.
    """

    architecture: str
    name: str
    sections: bytes
    blocks: bytes
    symbols: bytes
    edges: bytes
    names: Sequence[str]
    section_strings: bytes
    symbol_strings: bytes
    content: bytes
    defined: tuple[DefinitionFields, ...]
    undefined: tuple[tuple[str, bool], ...]

    @property
    def objects(self) -> list[str]:
        """As in LinkGraph."""
        return [self.name]

    @property
    def comdats(self) -> Sequence[str]:
        """As in LinkGraph."""
        return ()

    @property
    def strings(self) -> Sequence[StringTable | bytes]:
        """As in LinkGraph."""
        return (self.section_strings, self.symbol_strings, LINKER_STRINGS)

    @property
    def buffers(self) -> Sequence[bytes]:
        """As in LinkGraph."""
        return (self.content,)

    def definitions(self) -> Sequence[Definition]:
        """As in LinkGraph."""
        return [Definition(*fields) for fields in self.defined]

    def references(self) -> Sequence[Reference]:
        """As in LinkGraph."""
        return [Reference(*fields) for fields in self.undefined]

    def targets(self) -> set[str]:
        """As in LinkGraph."""
        return self.unpack().targets()

    def unpack(self) -> LinkGraph:
        """The same in columns."""
        return LinkGraph(
            self.architecture, self.objects, Sections.unpack(self.sections), Blocks.unpack(self.blocks),
            Symbols.unpack(self.symbols), Edges.unpack(self.edges), list(self.names), [], list(self.strings),
            list(self.buffers),
        )  # fmt: skip


ObjectGraph = LinkGraph | PackedGraph
