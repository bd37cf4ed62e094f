"""A linked image as what `json.dumps` takes: `exclave link --dump json`.

Owns: the keys. Must not know: how to link. Invariant: identical input gives identical values, in the same order; a key
that was there once stays, with its meaning.
"""

from __future__ import annotations

import base64
from typing import Any

import numpy as np

from .arrays import Ints, rows_of
from .graph import ZONES, Binding, LinkGraph, Place, Role, TableEntries, Zone
from .image import LinkedImage

PROTECTIONS: dict[Zone, str] = {"code": "r-x", "readonly": "r--", "data": "rw-"}


def image_to_json(image: LinkedImage) -> dict[str, Any]:
    """All of an image. Addresses and sizes are integers; sizes are bytes; lists that say no order have the link's.

    architecture: such as "x86_64".
    objects: the names of what was linked; an archive's member is "lib.a(member.o)".
    sections: what is alive of each object's sections, and what the linker made ($__GOT, $__STUBS, $__COMMON); not
        .eh_frame, whose records live and die one by one, see `ranges`.
        name, object, zone ("code", "readonly", "data"), address, size, alignment.
    symbols: all that are defined and alive, by name; of one name, local ones first.
        name, address, size, object, section (null: absolute), binding ("strong", "weak", "common", "local"),
        callable (a function), hidden (not for others than this link).
    got, stubs: the linker's table entries, one per target symbol.
        target: the symbol's name. address: the entry's own; it holds the target's address, or jumps there.
    segments: what lies where, one per zone, each on pages of its own.
        name and zone (both the same), protection ("r-x", "r--", "rw-"), address, size, content_size, content (base64
        of the first `content_size` bytes; the rest of `size` is zero), owner (0: there is one).
    ranges: what a runtime registers or runs: kind ("eh_frame", "init_array", "ctors", ...), address, size, owner.
    """
    graph = image.graph
    return {
        "architecture": graph.architecture,
        "objects": list(graph.objects),
        "sections": _sections(graph),
        "symbols": _symbols(image),
        "got": _entries(image, graph.got),
        "stubs": _entries(image, graph.stubs),
        "segments": _segments(image),
        "ranges": [{"kind": r.kind, "owner": r.owner, "address": r.address, "size": r.size} for r in image.ranges],
    }


def _sections(graph: LinkGraph) -> list[dict[str, Any]]:
    b = graph.blocks
    rows = rows_of((b.live != 0) & (b.role == Role.CONTENT))
    which = np.searchsorted(graph.first_section, b.section[rows], side="right") - 1
    objects = [*graph.objects, "the linker"]
    columns = (which, b.section[rows], b.address[rows], b.size[rows], b.alignment[rows])
    return [
        {
            "name": graph.section_name(section),
            "object": objects[index],
            "zone": ZONES[int(graph.sections.zone[section])],
            "address": address,
            "size": size,
            "alignment": alignment,
        }
        for index, section, address, size, alignment in zip(*[c.tolist() for c in columns], strict=True)
    ]


def _symbols(image: LinkedImage) -> list[dict[str, Any]]:
    graph = image.graph
    rows = np.concatenate((_named_locals(graph), image.rows)).tolist()
    found = [_symbol(graph, row, int(image.addresses[row])) for row in rows]
    return sorted(found, key=lambda symbol: (symbol["name"], symbol["binding"] != "local", symbol["address"]))


def _named_locals(graph: LinkGraph) -> Ints:
    """Local symbols in live blocks that an object gave a name; a section symbol has none of its own."""
    s = graph.symbols
    named = (s.external < 0) & (s.strings >= 0) & (s.name > 0) & (s.place == Place.BLOCK)
    return rows_of(named & (np.append(graph.blocks.live, 0)[s.block] != 0))


def _symbol(graph: LinkGraph, row: int, address: int) -> dict[str, Any]:
    s = graph.symbols
    block = int(s.block[row])
    return {
        "name": graph.symbol_name(row),
        "address": address % 2**64,
        "size": int(s.size[row]),
        "object": _object(graph, row),
        "section": graph.section_name_of(block) if block >= 0 else None,
        "binding": Binding.NAMES[int(s.binding[row])],
        "callable": bool(s.callable[row]),
        "hidden": bool(s.hidden[row]),
    }


def _object(graph: LinkGraph, row: int) -> str:
    return graph.objects[graph.object_of_symbol(row)] if graph.symbols.strings[row] >= 0 else "the linker"


def _entries(image: LinkedImage, table: TableEntries) -> list[dict[str, Any]]:
    pairs = zip(table.symbol.tolist(), table.target.tolist(), strict=True)
    return [
        {"target": image.graph.symbol_name(target), "address": int(image.addresses[symbol])} for symbol, target in pairs
    ]


def _segments(image: LinkedImage) -> list[dict[str, Any]]:
    return [
        {
            "owner": segment.owner,
            "name": segment.zone,
            "zone": segment.zone,
            "protection": PROTECTIONS[segment.zone],
            "address": segment.address,
            "size": segment.size,
            "content_size": len(segment.content),
            "content": base64.b64encode(segment.content).decode(),
        }
        for segment in image.segments
    ]
