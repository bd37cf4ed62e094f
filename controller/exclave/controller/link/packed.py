"""The LinkGraph of a small object, packed: bytes instead of arrays, until a link joins those of a whole batch.

Owns: that form. Must not know: any object format. Invariant: `unpack` gives the graph that `parse_object` would have
given; nothing in here ever changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .graph import Blocks, Definition, Edges, LinkGraph, Reference, Sections, Symbols
from .linker_sections import LINKER_STRINGS
from .strings import StringTable


@dataclass(frozen=True, eq=False)
class PackedGraph:
    """One object. Tables as `Table.unpack` wants them; what it lacks of a LinkGraph, no small object has."""

    architecture: str
    name: str
    sections: bytes
    blocks: bytes
    symbols: bytes
    edges: bytes
    names: list[str]
    section_strings: bytes
    symbol_strings: bytes
    content: bytes
    defined: Sequence[Definition]
    undefined: Sequence[Reference]

    @property
    def objects(self) -> list[str]:
        """As in LinkGraph."""
        return [self.name]

    @property
    def comdats(self) -> list[str]:
        """As in LinkGraph."""
        return []

    @property
    def strings(self) -> list[StringTable]:
        """As in LinkGraph."""
        return [
            StringTable(self.section_strings, self.name),
            StringTable(self.symbol_strings, self.name),
            LINKER_STRINGS,
        ]

    @property
    def buffers(self) -> list[memoryview]:
        """As in LinkGraph."""
        return [memoryview(self.content)]

    def definitions(self) -> Sequence[Definition]:
        """As in LinkGraph."""
        return self.defined

    def references(self) -> Sequence[Reference]:
        """As in LinkGraph."""
        return self.undefined

    def targets(self) -> set[str]:
        """As in LinkGraph."""
        return self.unpack().targets()

    def unpack(self) -> LinkGraph:
        """The same in columns."""
        return LinkGraph(
            self.architecture, self.objects, Sections.unpack([self.sections]), Blocks.unpack([self.blocks]),
            Symbols.unpack([self.symbols]), Edges.unpack([self.edges]), list(self.names), self.comdats, self.strings,
            self.buffers,
        )  # fmt: skip


ObjectGraph = LinkGraph | PackedGraph
