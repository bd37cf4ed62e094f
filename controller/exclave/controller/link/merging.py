"""Pieces of sections that may be merged (SHF_MERGE): of equal strings and constants one remains.

Owns: what the pieces are, which are equal, and what refers to them. Must not know: what they mean. Invariant: only
pieces of one owner, size, alignment and zone become one, so that each owner's memory can be freed alone; every edge
refers to the same bytes as before; pieces that nothing refers to go.
(ELF gABI, "Section Attribute Flags"; references as GNU ld has them: a section's symbol with an addend names the piece
at the addend, any other symbol the piece that it lies in)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .arrays import Bytes, Flags, Ints, any_of, distinct, ranges, rows_of, starts_of
from .graph import Blocks, LinkGraph, make_symbols

_FACTOR = np.uint64(0x9E3779B97F4A7C15)  # odd, so that no power of it is 0
_CHARACTERS = (1, 2, 4)


def merge_sections(graph: LinkGraph) -> None:
    """Merge what occurs in several blocks; a single one has been merged by its compiler."""
    merge = graph.sections.merge
    if not any_of(merge != 0):
        return
    group = _groups(graph)
    blocks = rows_of(group >= 0)
    pieces = merge[graph.blocks.section[blocks]]
    for piece in np.unique(pieces).tolist():
        _merge(graph, _Class.of(graph, blocks[pieces == piece], group, piece))


def _groups(graph: LinkGraph) -> Ints:
    """For each block the group in which it may be merged, or -1; a group has at least two."""
    blocks, edges, symbols = graph.blocks, graph.edges, graph.symbols
    merge = graph.sections.merge[blocks.section]
    group = np.full(len(blocks), -1, np.int64)
    rows = rows_of(
        (merge != 0) & (blocks.live != 0) & (blocks.zero_fill == 0) & (blocks.size > 0) & (blocks.retain == 0)
    )
    rows = rows[blocks.size[rows] % np.abs(merge[rows]) == 0]
    rows, index = _alike(graph, rows, merge)
    if not len(rows):
        return group
    may = np.zeros(len(blocks) + 1, np.bool_)  # block -1, none, is the last one
    may[rows] = True
    may[edges.block] = False  # its bytes are not final
    may[symbols.block[symbols.external >= 0]] = False  # others may see it
    group[rows[may[rows]]] = index[may[rows]]
    return group


def _alike(graph: LinkGraph, rows: Ints, merge: Ints) -> tuple[Ints, Ints]:
    """Those of these blocks of which there are several of one form, and the number of each one's form."""
    blocks = graph.blocks
    columns = (blocks.owner[rows], graph.sections.zone[blocks.section[rows]], merge[rows], blocks.alignment[rows])
    forms = list(zip(*[column.tolist() for column in columns], strict=True))
    numbers: dict[tuple[int, ...], int] = {}
    index = np.array([numbers.setdefault(form, len(numbers)) for form in forms], np.int64)
    several = np.bincount(index, minlength=1)[index] > 1
    return rows[several], index[several]


@dataclass
class _Class:
    """Blocks whose pieces are of one form, their bytes one after the other, and the edges that refer to them.

    base: where each block's bytes begin. rows: edges. at: what each refers to, as a place in the bytes. by_section: it
    does so by the section's symbol and the addend.
    """

    piece: int
    blocks: Ints
    group: Ints
    content: Bytes
    base: Ints
    rows: Ints
    at: Ints
    by_section: Flags

    @classmethod
    def of(cls, graph: LinkGraph, blocks: Ints, group: Ints, piece: int) -> _Class:
        """Without the blocks that cannot be cut, or that something refers to beyond their end."""
        if piece < 0:
            blocks = blocks[_ends_with_zero(graph, blocks, -piece)]
        place = np.full(len(graph.blocks) + 1, -1, np.int64)
        place[blocks] = np.arange(len(blocks))
        rows, block, offset, by_section = _references(graph, place)
        outside = (offset < 0) | (offset >= graph.blocks.size[block])
        if any_of(outside):
            return cls.of(graph, np.setdiff1d(blocks, block[outside]), group, piece)
        base = starts_of(graph.blocks.size[blocks])
        content = np.frombuffer(b"".join([_bytes(graph, one) for one in blocks.tolist()]), np.uint8)
        return cls(piece, blocks, group[blocks], content, base, rows, base[place[block]] + offset, by_section)


def _bytes(graph: LinkGraph, block: int) -> memoryview | bytes:
    start, size = int(graph.blocks.start[block]), int(graph.blocks.size[block])
    return graph.buffers[int(graph.blocks.buffer[block])][start : start + size]


def _ends_with_zero(graph: LinkGraph, blocks: Ints, width: int) -> Flags:
    if width not in _CHARACTERS:
        return np.zeros(len(blocks), np.bool_)
    ends = [bytes(_bytes(graph, block)[-width:]) == bytes(width) for block in blocks.tolist()]
    return np.array(ends, np.bool_)


def _references(graph: LinkGraph, place: Ints) -> tuple[Ints, Ints, Ints, Flags]:
    """Edges to blocks that have a place, the blocks, the offsets in them, and whether the addend is part of that."""
    edges, symbols = graph.edges, graph.symbols
    rows = rows_of((place >= 0)[symbols.block[edges.symbol]])
    symbol = edges.symbol[rows]
    by_section = _is_section(graph, symbol)
    offset = symbols.offset[symbol] + np.where(by_section, edges.addend[rows], 0)
    return rows, symbols.block[symbol], offset, by_section


def _is_section(graph: LinkGraph, symbol: Ints) -> Flags:
    """Which are a section's own symbols: nameless and at its start."""
    symbols = graph.symbols
    found: Flags = (symbols.external[symbol] < 0) & (symbols.name[symbol] == 0) & (symbols.offset[symbol] == 0)
    return found


def _merge(graph: LinkGraph, these: _Class) -> None:
    """Replace the blocks by one for each group, with each piece once."""
    if not len(these.blocks):
        return
    graph.blocks.live[these.blocks] = 0
    if not len(these.rows):
        return
    start, end = _cut(these)
    begin, index = np.unique(start, return_inverse=True)
    size = np.empty(len(begin), np.int64)
    size[index] = end - start
    owner = these.base.searchsorted(begin, side="right") - 1  # the block that each piece is in
    same = _equal(these.content, begin, size, these.group[owner])
    first, number = np.unique(same, return_inverse=True)
    symbols = _add_blocks(graph, these, begin[first], size[first], owner[first])
    edges, rows = graph.edges, these.rows
    edges.addend[rows] = np.where(these.by_section, 0, edges.addend[rows]) + these.at - start
    edges.symbol[rows] = symbols[number[index]]


def _cut(these: _Class) -> tuple[Ints, Ints]:
    """First byte and end of the piece that each edge refers to."""
    at, width = these.at, abs(these.piece)
    if these.piece > 0:
        start: Ints = at - at % width  # blocks are whole multiples
        return start, start + width
    ends = rows_of(these.content.view(f"<u{width}") == 0)
    last = ends.searchsorted(at // width)
    before = np.concatenate(([-1], ends))
    return (before[last] + 1) * width, (ends[last] + 1) * width


def _equal(content: Bytes, begin: Ints, size: Ints, group: Ints) -> Ints:
    """For each piece the first one, by place, that has the same bytes and the same group."""
    digest = _digest(content, begin, size)
    order = np.lexsort((begin, digest, size, group))
    one, other = order[1:], order[:-1]
    same = (digest[one] == digest[other]) & (size[one] == size[other]) & (group[one] == group[other])
    same[same] = _have_same_bytes(content, begin[one[same]], begin[other[same]], size[one[same]])
    run = np.concatenate(([0], (~same).cumsum()))
    found = np.empty(len(begin), np.int64)
    found[order] = order[np.concatenate(([0], rows_of(~same) + 1))][run]
    return found


def _digest(content: Bytes, begin: Ints, size: Ints) -> Ints:
    """A number that differs where pieces most likely do."""
    powers = np.full(int(size.max()), _FACTOR)
    np.multiply.accumulate(powers, out=powers)
    inside = ranges(np.zeros_like(size), size)
    terms = (content[ranges(begin, size)].astype(np.uint64) + np.uint64(1)) * powers[inside]
    found: Ints = np.add.reduceat(terms, starts_of(size)).view(np.int64)
    return found


def _have_same_bytes(content: Bytes, one: Ints, other: Ints, size: Ints) -> Flags:
    if not len(size):
        return np.empty(0, np.bool_)
    different = content[ranges(one, size)] != content[ranges(other, size)]
    found: Flags = np.add.reduceat(different.astype(np.int64), starts_of(size)) == 0
    return found


def _add_blocks(graph: LinkGraph, these: _Class, begin: Ints, size: Ints, owner: Ints) -> Ints:
    """A block for each group, with these pieces in their order; returns a symbol for each piece."""
    blocks, group = graph.blocks, these.group[owner]
    order = np.lexsort((begin, group))
    begin, size, owner, group = begin[order], size[order], owner[order], group[order]
    alignment = blocks.alignment[these.blocks[owner]]
    step = (size + alignment - 1) & -alignment
    place = starts_of(step)
    content = np.zeros(int(step.sum()), np.uint8)
    content[ranges(place, size)] = these.content[ranges(begin, size)]
    _, which = distinct(group, int(group.max()) + 1)
    heads = rows_of(np.concatenate(([1], which[1:] - which[:-1])) != 0)
    model = these.blocks[owner[heads]]
    graph.buffers.append(content.tobytes())
    number = len(blocks)
    total = np.add.reduceat(step, heads)
    blocks.extend(
        Blocks.of(
            len(heads), section=blocks.section[model], buffer=len(graph.buffers) - 1, start=place[heads], size=total,
            alignment=alignment[heads], owner=blocks.owner[model], live=1,
        )
    )  # fmt: skip
    symbol = np.empty(len(order), np.int64)
    symbol[order] = len(graph.symbols) + np.arange(len(order))
    graph.symbols.extend(make_symbols(number + which, place - place[heads][which], size))
    return symbol
