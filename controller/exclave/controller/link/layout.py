"""Where every block lies: segments per (owner, zone), blocks in them, and the ranges that others must know.

Owns: order and padding. Must not know: symbols, edges, who allocates. Invariant: blocks do not overlap, each is
aligned as it asks, zero-fill is a segment's tail, and blocks of one special kind are contiguous and in order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from ..errors import LinkError
from .architecture import LINK_ORDER
from .arrays import Flags, Ints, any_of, rows_of, starts_of
from .graph import ZONES, LinkGraph, SectionKind, Zone

RangeKind = Literal["eh_frame", "init_array", "ctors", "fini_array", "dtors", "ifuncs"]
_RANGE_KINDS: dict[int, RangeKind] = {
    SectionKind.EH_FRAME: "eh_frame",
    SectionKind.INIT_ARRAY: "init_array",
    SectionKind.CTORS: "ctors",
    SectionKind.FINI_ARRAY: "fini_array",
    SectionKind.DTORS: "dtors",
    SectionKind.IFUNC: "ifuncs",
}
_POINTER = 8
_MIN_ALIGNMENT = 16  # of a segment
_ZERO_FILL = 1 << 18  # behind all other buckets
_BUCKETS, _MINORS = 1 << 19, 1 << 17
MAX_CONTENT = 1 << 30
"""Bytes of a batch that are not zero fill, which this process must hold."""


class SegmentRequest(NamedTuple):
    """Memory that is wanted for a segment. Sizes in bytes; `content_size` of them come with content."""

    owner: int
    zone: Zone
    size: int
    content_size: int
    alignment: int


class SpecialRange(NamedTuple):
    """A range that must be announced when it goes live: unwind tables, initializers, finalizers."""

    kind: RangeKind
    owner: int
    address: int
    size: int


@dataclass
class Layout:
    """The live blocks (`rows`) in their final order, each with its `segment`, its `offset` there and its `bucket`."""

    rows: Ints
    segment: Ints
    offset: Ints
    bucket: Ints
    requests: list[SegmentRequest]
    image_start: Ints  # of each segment's content in the linked image
    image_size: int
    addresses: Sequence[int] = ()  # of the segments, once allocated


def lay_out(graph: LinkGraph, max_size: int) -> Layout:
    """Order the live blocks and give each its place in its segment.

    Raises:
        LinkError: larger than `max_size` bytes in all, or a table of initializers that is not one of pointers.
    """
    blocks = graph.blocks
    rows = rows_of(blocks.live != 0)
    _refuse_huge(float(blocks.size[rows].sum(dtype=np.float64)), max_size)
    segment_key = graph.dense_owners(blocks.owner[rows]) * len(ZONES) + graph.sections.zone[blocks.section[rows]]
    bucket, minor, alignment = _order(graph, rows)
    key = (segment_key * _BUCKETS + bucket) * _MINORS + minor
    order = _in_order(graph, rows, key, key.argsort(kind="stable"))
    rows, bucket, alignment, segment_key = rows[order], bucket[order], alignment[order], segment_key[order]
    first = rows_of(np.concatenate((_ONE, segment_key[1:] - segment_key[:-1])) != 0) if len(rows) else rows
    return _fill_segments(graph, rows, bucket, alignment, segment_key, first, max_size)


_ZERO, _ONE = np.zeros(1, np.int64), np.ones(1, np.int64)


def _in_order(graph: LinkGraph, rows: Ints, key: Ints, order: Ints) -> Ints:
    """Blocks that belong to others (SHF_LINK_ORDER) are ordered as these are, among those with their key."""
    edges = graph.edges
    belonging = rows_of(edges.kind == LINK_ORDER)
    if not len(belonging):
        return order
    place = np.full(len(graph.blocks), len(rows))
    place[rows[order]] = np.arange(len(rows))
    wanted = place.copy()
    wanted[edges.block[belonging]] = place[graph.symbols.block[edges.symbol[belonging]]]
    ordered: Ints = np.lexsort((wanted[rows], key))
    return ordered


def _fill_segments(
    graph: LinkGraph, rows: Ints, bucket: Ints, alignment: Ints, segment_key: Ints, first: Ints, max_size: int
) -> Layout:
    """Offsets of ordered blocks, and the segments that they make; `first` is each segment's first block."""
    if not len(rows):
        return Layout(rows, rows, rows, bucket, [], rows, 0)
    largest = np.maximum(np.maximum.reduceat(alignment, first), _MIN_ALIGNMENT)
    counts = np.concatenate((first[1:], [len(rows)])) - first
    segment = np.arange(len(first)).repeat(counts)
    size = graph.blocks.size[rows]
    offset = _offsets(size, alignment, bucket, segment, first, largest)
    layout = Layout(rows, segment, offset, bucket, [], first, 0)
    _request(layout, size, graph.owners, segment_key[first], first, largest)
    _refuse_huge(float(sum(request.size for request in layout.requests)), max_size)
    _refuse_much_content(sum(request.content_size for request in layout.requests))
    return layout


def _refuse_huge(size: float, max_size: int) -> None:
    if size > max_size:
        raise LinkError(
            f"the objects want {size:.0f} bytes of memory, the limit is {max_size}: "
            "make static arrays smaller, or raise LinkOptions.max_size"
        )


def _refuse_much_content(size: int) -> None:
    if size > MAX_CONTENT:
        raise LinkError(
            f"the objects have {size} bytes of content, with the padding in it, the limit is {MAX_CONTENT}: "
            "make large arrays zero, or alignments smaller, or look up less at once"
        )


def _order(graph: LinkGraph, rows: Ints) -> tuple[Ints, Ints, Ints]:
    """Bucket (what lies together), order inside of it, and alignment, of each block.

    Blocks of falling alignment need no padding between them that a running sum does not give.
    """
    blocks, section = graph.blocks, graph.blocks.section[rows]
    alignment = blocks.alignment[rows]
    minor = 63 - np.log2(alignment).astype(np.int64)
    bucket = graph.sections.kind[section]
    if int(bucket.max(initial=0)) > SectionKind.EH_FRAME:
        _order_special(graph, rows, section, bucket, minor, alignment)
    bucket += blocks.zero_fill[rows] * _ZERO_FILL
    return bucket, minor, alignment


def _order_special(graph: LinkGraph, rows: Ints, section: Ints, bucket: Ints, minor: Ints, alignment: Ints) -> None:
    """Tables of initializers go by priority; sections with C identifiers as names get a bucket each."""
    tables = (bucket >= SectionKind.INIT_ARRAY) & (bucket <= SectionKind.DTORS)
    _check_tables(graph, rows, tables)
    minor[tables] = graph.sections.priority[section[tables]] + 1
    alignment[tables] = _POINTER
    _separate_bounded(graph, section, bucket)


def _separate_bounded(graph: LinkGraph, section: Ints, bucket: Ints) -> None:
    """One bucket per name."""
    ids: dict[str, int] = {}
    bounded = rows_of(bucket == SectionKind.BOUNDED)
    number = [ids.setdefault(graph.section_name(row), len(ids)) for row in section[bounded].tolist()]
    bucket[bounded] += np.array(number, np.int64)
    if len(ids) > _ZERO_FILL // 2:
        raise LinkError(f"{len(ids)} sections with names that are C identifiers are too many")


def _check_tables(graph: LinkGraph, rows: Ints, tables: Flags) -> None:
    odd = tables & ((graph.blocks.size[rows] % _POINTER != 0) | (graph.blocks.zero_fill[rows] != 0))
    if any_of(odd):
        block = int(rows[np.argmax(odd)])
        raise LinkError(
            f"{graph.section_name_of(block)} has {int(graph.blocks.size[block])} bytes, which are no table of pointers"
        )


def _offsets(size: Ints, alignment: Ints, bucket: Ints, segment: Ints, first: Ints, largest: Ints) -> Ints:
    """Each block's offset in its segment: a running sum of sizes, rounded up to what the next block needs.

    That is exact where alignments fall, as they do in a bucket; each bucket begins at the segment's alignment.
    """
    change = (segment[1:] != segment[:-1]) | (bucket[1:] != bucket[:-1])
    heads = np.concatenate((_ZERO, rows_of(change) + 1))
    following = np.concatenate((np.where(change, 1, alignment[1:]), _ONE))
    step = (size + following - 1) & -following
    inside = starts_of(step)
    room = largest[segment[heads]]
    start = starts_of((np.add.reduceat(step, heads) + room - 1) & -room)
    start -= start[heads.searchsorted(first)][segment[heads]]
    counts = np.concatenate((heads[1:], [len(size)])) - heads
    offset: Ints = inside + (start - inside[heads]).repeat(counts)
    return offset


def _request(layout: Layout, size: Ints, owners: list[int], key: Ints, first: Ints, largest: Ints) -> None:
    """Fill in the segments: how large, and how much of it is content."""
    end = layout.offset + size
    total = np.maximum.reduceat(end, first)
    content = np.maximum.reduceat(np.where(layout.bucket < _ZERO_FILL, end, 0), first)
    room = (content + 15) & -16
    layout.image_start, layout.image_size = starts_of(room), int(room.sum())
    columns = (key.tolist(), total.tolist(), content.tolist(), largest.tolist())
    layout.requests = [
        SegmentRequest(owners[k // len(ZONES)], ZONES[k % len(ZONES)], max(t, 1), c, a)
        for k, t, c, a in zip(*columns, strict=True)
    ]


def place_segments(graph: LinkGraph, layout: Layout, addresses: Sequence[int]) -> None:
    """Give every live block its address, and its offset in the linked image if it has content.

    Raises:
        LinkError: an address that does not have the alignment that was asked for.
    """
    for request, address in zip(layout.requests, addresses, strict=True):
        if address % request.alignment:
            raise LinkError(
                f"a {request.zone} segment was given {address:#x}, which is not aligned to {request.alignment}"
            )
    layout.addresses = list(addresses)
    blocks, rows = graph.blocks, layout.rows
    if len(rows):
        blocks.address[rows] = np.array(addresses, np.int64)[layout.segment] + layout.offset
        blocks.image[rows] = layout.image_start[layout.segment] + layout.offset  # of zero-fill it is never used


def special_ranges(graph: LinkGraph, layout: Layout) -> list[SpecialRange]:
    """What must be announced, per owner: in the order of the segments."""
    bucket, segment = layout.bucket, layout.segment
    special = rows_of((bucket >= SectionKind.EH_FRAME) & (bucket <= SectionKind.IFUNC))
    if not len(special):
        return []
    rows = layout.rows[special]
    key = segment[special] * _BUCKETS + bucket[special]
    starts = rows_of(np.concatenate((_ONE, key[1:] - key[:-1])) != 0)
    ends = np.concatenate((starts[1:], [len(rows)])) - 1
    kind = bucket[special]
    blocks = graph.blocks
    return [
        SpecialRange(
            _RANGE_KINDS[int(kind[a])],
            int(blocks.owner[rows[a]]),
            int(blocks.address[rows[a]]),
            int(blocks.address[rows[b]] + blocks.size[rows[b]] - blocks.address[rows[a]]),
        )
        for a, b in zip(starts.tolist(), ends.tolist(), strict=True)
    ]


def copy_content(graph: LinkGraph, layout: Layout) -> bytearray:
    """The linked image: all content in its place, no fixup applied.

    Blocks that lie as far apart as they did in their file are copied as one run, so that a section per function
    costs little more than one section.
    """
    blocks = graph.blocks
    filled = rows_of((layout.bucket < _ZERO_FILL) & (blocks.size[layout.rows] > 0))
    if not len(filled):
        return bytearray(layout.image_size)
    rows, segment = layout.rows[filled], layout.segment[filled]
    start, target, buffer = blocks.start[rows], blocks.image[rows], blocks.buffer[rows]
    place = target - start  # the same for blocks that move together
    apart = (place[1:] != place[:-1]) | (buffer[1:] != buffer[:-1]) | (segment[1:] != segment[:-1])
    heads = np.concatenate((_ZERO, rows_of(apart) + 1))
    tails = np.concatenate((heads[1:], [len(rows)])) - 1
    ends = target[tails] + blocks.size[rows[tails]]
    runs = (buffer[heads].tolist(), start[heads].tolist(), target[heads].tolist(), ends.tolist())
    return _join_runs(graph.buffers, zip(*runs, strict=True), layout.image_size)


def _join_runs(
    buffers: Sequence[memoryview | bytes], runs: Iterable[tuple[int, int, int, int]], size: int
) -> bytearray:
    """Runs (buffer, start in it, begin and end in the image) with zeros between them."""
    parts: list[bytes | memoryview] = []
    at = 0
    for which, start, begin, end in runs:
        if begin > at:
            parts.append(bytes(begin - at))
        parts.append(buffers[which][start : start + end - begin])
        at = end
    parts.append(bytes(size - at))
    return bytearray().join(parts)
