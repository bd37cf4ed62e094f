"""Graphs and linked images as text, the same for the same input.

Owns: that form; for programs there is `image_json`. Must not know: how to link. Invariant: nothing in it depends on
time, on the machine, or on the order of a dictionary.
"""

from __future__ import annotations

import base64

import numpy as np

from .architectures import architecture_named
from .arrays import rows_of
from .graph import ZONES, Binding, LinkGraph, Place, Role
from .image import LinkedImage
from .image_json import image_to_json

__all__ = ["dump_graph", "dump_image", "image_to_json"]

_ROLES = {Role.CIE: " CIE", Role.FDE: " FDE", Role.TERMINATOR: " end"}


def dump_graph(graph: LinkGraph) -> str:
    """Every live block with its symbols and edges, then the symbols that are in no block."""
    lines = [f"graph {graph.name} ({graph.architecture})"]
    for section in range(len(graph.sections)):
        lines += _dump_section(graph, section)
    lines += _dump_symbols(graph, rows_of(graph.symbols.block < 0)[1:].tolist(), indent="  ")
    return "\n".join(lines) + "\n"


def _dump_section(graph: LinkGraph, section: int) -> list[str]:
    blocks = rows_of((graph.blocks.section == section) & (graph.blocks.live != 0)).tolist()
    if not blocks:
        return []
    zone = ZONES[int(graph.sections.zone[section])]
    lines = [f"  section {graph.section_name(section)} {zone}"]
    for block in blocks:
        lines += _dump_block(graph, block)
    return lines


def _dump_block(graph: LinkGraph, block: int) -> list[str]:
    b = graph.blocks
    what = " zero-fill" if b.zero_fill[block] else _ROLES.get(int(b.role[block]), "")
    group = f" comdat {graph.comdats[int(b.comdat[block]) - 1]}" if b.comdat[block] else ""
    where = f" at {int(b.address[block]):#x}" if b.address[block] else ""
    lines = [f"    block {block}{what}{where} size {int(b.size[block])} align {int(b.alignment[block])}{group}"]
    symbols = rows_of(graph.symbols.block == block)
    lines += _dump_symbols(graph, symbols[np.argsort(graph.symbols.offset[symbols], kind="stable")].tolist(), "      ")
    edges = rows_of(graph.edges.block == block)
    return lines + [_edge_line(graph, e) for e in edges[np.argsort(graph.edges.offset[edges], kind="stable")].tolist()]


def _dump_symbols(graph: LinkGraph, rows: list[int], indent: str) -> list[str]:
    """Symbols with a name; section symbols say nothing that the section does not."""
    s = graph.symbols
    lines = []
    for row in rows:
        if s.external[row] < 0 and (
            s.strings[row] < 0 or not s.name[row] or s.place[row] in (Place.DISCARDED, Place.ABSOLUTE)
        ):
            continue
        words = [Binding.NAMES[int(s.binding[row])]]
        words += [word for word, is_so in (("hidden", s.hidden[row]), ("callable", s.callable[row])) if is_so]
        place = f"+{int(s.offset[row]):#x}" if s.place[row] == Place.BLOCK else Place.NAMES[int(s.place[row])]
        value = f" {int(s.offset[row]) % 2**64:#x}" if s.place[row] == Place.ABSOLUTE else ""
        lines.append(
            f"{indent}symbol {graph.symbol_name(row)} {place}{value} size {int(s.size[row])} {' '.join(words)}"
        )
    return lines


def _edge_line(graph: LinkGraph, edge: int) -> str:
    e = graph.edges
    kind = architecture_named(graph.architecture).kind_name(int(e.kind[edge]))
    addend = int(e.addend[edge])
    return f"      edge +{int(e.offset[edge]):#x} {kind} -> {_target(graph, int(e.symbol[edge]))}{addend:+#x}"


def _target(graph: LinkGraph, symbol: int) -> str:
    for table, what in ((graph.got, "got"), (graph.stubs, "stub")):
        entry = rows_of(table.symbol == symbol)
        if len(entry):
            return f"{what}({graph.symbol_name(int(table.target[entry[0]]))})"
    name, block = graph.symbol_name(symbol), int(graph.symbols.block[symbol])
    return (
        name
        if name and graph.symbols.external[symbol] >= 0
        else f"{name}[block {block}]"
        if block >= 0
        else name or "0"
    )


def dump_image(image: LinkedImage) -> str:
    """Segments with their bytes in hexadecimal, symbols, tables and special ranges."""
    data = image_to_json(image)
    lines = [f"image of {image.graph.name} ({image.graph.architecture})"]
    for segment in data["segments"]:
        lines.append("  segment {owner} {zone} at {address:#x} size {size} content {content_size}".format(**segment))
        lines += _hex_lines(base64.b64decode(segment["content"]), segment["address"])
    symbols = [symbol for symbol in data["symbols"] if symbol["binding"] != "local"]
    lines += [f"  symbol {s['name']} {s['address']:#x} size {s['size']}" for s in symbols]
    lines += [f"  {kind} {e['target']} {e['address']:#x}" for kind in ("got", "stubs") for e in data[kind]]
    lines += ["  {kind} {owner} {address:#x} size {size}".format(**special) for special in data["ranges"]]
    return "\n".join(lines) + "\n"


def _hex_lines(content: bytes, address: int) -> list[str]:
    return [f"    {address + at:012x}  {content[at : at + 16].hex(' ')}" for at in range(0, len(content), 16)]
