"""A LinkGraph as a picture: Graphviz source, for `dot -Tsvg`.

Owns: what a block, a symbol and an edge look like. Must not know: how to link, Graphviz's layout. Invariant: the same
text for the same graph, whatever its names are: each is quoted. (graphviz.org, "Node Shapes", "escString")
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from .architectures import architecture_named
from .arrays import rows_of
from .graph import ZONES, Binding, LinkGraph, Place, Role, Zone
from .linker_sections import GOT_SECTION, STUBS_SECTION

_COLOURS: dict[Zone, str] = {"code": "#e8f0fe", "readonly": "#eef7ea", "data": "#fdf1e3"}
_TABLE_COLOURS = {GOT_SECTION: "#d5ebcb", STUBS_SECTION: "#cfdffc"}
_ROLES = {Role.CONTENT: "block", Role.CIE: "CIE", Role.FDE: "FDE", Role.TERMINATOR: "end of frames"}
# Without newrank, dot 2.43 gives up on records that refer to each other.
_HEAD = (
    "rankdir=LR; newrank=true; ranksep=1.2; fontname=monospace; fontsize=11;",
    'node [shape=record, style=filled, fillcolor=white, fontname=monospace, fontsize=10];',
    'edge [fontname=monospace, fontsize=8, color="#555555", arrowsize=0.7];',
)  # fmt: skip


def dot_graph(graph: LinkGraph) -> str:
    """Blocks as records with their symbols, clustered by section; an arrow for each edge, from block to symbol."""
    return "\n".join(_Picture(graph).lines()) + "\n"


class _Picture:
    """One graph, with its symbols by block."""

    def __init__(self, graph: LinkGraph) -> None:
        self._graph = graph
        self._entries = _table_entries(graph)
        self._ports = self._shown_symbols()
        self._shown = {row for rows in self._ports.values() for row in rows}
        self._kind_name = architecture_named(graph.architecture).kind_name

    def lines(self) -> Iterator[str]:
        """The text."""
        yield f"digraph {_quoted(self._graph.name)} {{"
        yield from _indented(_HEAD)
        for section, blocks in self._blocks_by_section().items():
            yield from _indented(self._cluster(section, blocks))
        yield from _indented(self._outside())
        yield from _indented(self._arrows())
        yield "}"

    def _shown_symbols(self) -> dict[int, list[int]]:
        """The rows of each block's symbols that have a name or are a table's entry, by offset."""
        s = self._graph.symbols
        rows = rows_of(s.block >= 0)
        shown: dict[int, list[int]] = {}
        for row in rows[s.offset[rows].argsort(kind="stable")].tolist():
            if row in self._entries or s.external[row] >= 0 or (s.strings[row] >= 0 and s.name[row] > 0):
                shown.setdefault(int(s.block[row]), []).append(row)
        return shown

    def _blocks_by_section(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for block in rows_of(self._graph.blocks.live != 0).tolist():
            found.setdefault(int(self._graph.blocks.section[block]), []).append(block)
        return found

    def _cluster(self, section: int, blocks: list[int]) -> Iterator[str]:
        graph = self._graph
        name, zone = graph.section_name(section), ZONES[int(graph.sections.zone[section])]
        yield f"subgraph cluster_{section} {{"
        title = f"{graph.object_of_section(section)}: {name} ({zone})"
        colour = _TABLE_COLOURS.get(name, _COLOURS[zone])
        yield f'  label={_quoted(title)}; style=filled; color="#999999"; fillcolor="{colour}";'
        for block in blocks:
            yield f"  b{block} [label={self._record(block)}];"
        yield "}"

    def _record(self, block: int) -> str:
        b = self._graph.blocks
        what = "zero-fill block" if b.zero_fill[block] else _ROLES[int(b.role[block])]
        where = f"{int(b.address[block]):#x}, " if b.address[block] else ""
        fields = [f"{what} {block}\\l{where}{int(b.size[block])} bytes\\l"]
        fields += [f"<s{row}> {_escaped_field(self._symbol_text(row))}\\l" for row in self._ports.get(block, ())]
        return '"' + "|".join(fields) + '"'

    def _symbol_text(self, row: int) -> str:
        s = self._graph.symbols
        words = f"+{int(s.offset[row]):#x} {self._entries.get(row) or self._graph.symbol_name(row)}"
        binding = int(s.binding[row])
        if row not in self._entries and binding != Binding.STRONG:
            words += f" ({Binding.NAMES[binding]})"
        return words + (" hidden" if s.hidden[row] else "")

    def _outside(self) -> Iterator[str]:
        """What edges point at and no block has."""
        graph = self._graph
        used = dict.fromkeys(graph.edges.symbol.tolist())
        for row in sorted(row for row in used if graph.symbols.block[row] < 0):
            yield f'x{row} [shape=box, style="rounded,filled", fillcolor="#f3e8f7", label={self._outsider(row)}];'

    def _outsider(self, row: int) -> str:
        s = self._graph.symbols
        place, value = int(s.place[row]), int(s.offset[row]) % 2**64
        state = f"{value:#x}" if place == Place.ABSOLUTE else Place.NAMES[place]
        weak = "weak " if s.binding[row] == Binding.WEAK else ""
        return _quoted(f"{self._graph.symbol_name(row)}\n{weak}{state}".strip())

    def _arrows(self) -> Iterator[str]:
        e, live = self._graph.edges, self._graph.blocks.live
        rows = rows_of(live[e.block] != 0)
        columns = (e.block, e.offset, e.kind, e.symbol, e.addend)
        for block, offset, kind, symbol, addend in zip(*[c[rows].tolist() for c in columns], strict=True):
            label = f"+{offset:#x}\n{self._kind_name(kind)} {addend:+#x}"
            yield f"{self._begin(block, offset)} -> {self._end(symbol)} [label={_quoted(label)}];"

    def _begin(self, block: int, offset: int) -> str:
        """Where an arrow begins: at the last of the block's symbols that is not behind it, or at the block."""
        shown = self._ports.get(block, [])
        at = bisect_right(shown, offset, key=lambda row: int(self._graph.symbols.offset[row]))
        return f"b{block}:s{shown[at - 1]}" if at else f"b{block}"

    def _end(self, symbol: int) -> str:
        """Where an arrow to a symbol ends: at its line in its block, at the block, or outside."""
        block = int(self._graph.symbols.block[symbol])
        if block < 0:
            return f"x{symbol}"
        return f"b{block}:s{symbol}" if symbol in self._shown else f"b{block}"


def _table_entries(graph: LinkGraph) -> dict[int, str]:
    """What each symbol of a table's entry is called."""
    return {
        symbol: f"{what}({graph.symbol_name(target)})"
        for table, what in ((graph.got, "got"), (graph.stubs, "stub"))
        for symbol, target in zip(table.symbol.tolist(), table.target.tolist(), strict=True)
    }


def _indented(lines: Iterator[str] | tuple[str, ...]) -> Iterator[str]:
    return (f"  {line}" for line in lines)


def _escaped(text: str) -> str:
    """For a label. Control characters are shown, not obeyed; an entity such as &lt; is text."""
    shown = "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)
    return shown.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;").replace("\n", "\\n")


def _escaped_field(text: str) -> str:
    """For a field of a record, which has a grammar of its own."""
    return "".join(f"\\{c}" if c in "{}|<>" else c for c in _escaped(text.replace("\n", " ")))


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'
