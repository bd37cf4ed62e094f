"""Where what lies in a zone is drawn: a scale that shows 100 KiB in a zone of 1 GiB.

Owns: this scale. Must not know: SVG. Invariant: everything is in the order of addresses, each piece begins where the
one before ends; whatever is used is wide enough to be seen.

What is allocated is drawn to one scale; small allocations are wider than that, since else nobody would see them, and
free ranges never are wider than `HOLE_MOST`: they are cut, and say how long they are. What no block was carved from is
as wide as its label. A zone of many allocations is broken into rows, like text.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from .model import Allocation, ZoneMap

Kind = Literal["used", "hole", "gap"]
HOLE_MOST, HOLE_LEAST = 92.0, 2.0
GAP = 112.0
USED_LEAST = 3.0
BLOCK_EDGE = 3.0
"""Between a block's outline and what is in it, and around it."""
PER_BYTE_MOST = 1.0
ROW_FOR = 12.0
"""So much width for each allocation makes the number of rows; there are no more than `ROWS_MOST`."""
ROWS_MOST = 12


@dataclass(frozen=True)
class Piece:
    """A part of a zone: a used range with its allocation, a hole in a block, or a gap that no block was carved from.

    before, behind: room for the outlines of blocks that begin and end here.
    """

    kind: Kind
    start: int
    end: int
    allocation: Allocation | None = None
    before: float = 0.0
    behind: float = 0.0

    @property
    def size(self) -> int:
        """Bytes."""
        return self.end - self.start


@dataclass(frozen=True)
class Placed:
    """A piece at its place; `x` counts on from row to row. `cut`: it is shorter than its bytes are."""

    piece: Piece
    x: float
    width: float
    cut: bool

    @property
    def end(self) -> float:
        """Where it ends."""
        return self.x + self.width


@dataclass(frozen=True)
class Layout:
    """A zone's pieces at their places, and the outlines of its blocks: [x, end)."""

    rows: int
    pieces: tuple[Placed, ...]
    blocks: tuple[tuple[float, float], ...]


def lay_out(zone: ZoneMap, width: float) -> Layout:
    """Places in rows of a width."""
    pieces = list(pieces_of(zone))
    used = len(zone.allocations)
    rows = min(max(1, math.ceil(used * ROW_FOR / width)), ROWS_MOST)
    least = min(USED_LEAST, 0.6 * rows * width / max(used, 1))
    rows = max(rows, math.ceil(_total(pieces, 0.0, least) / width))
    placed = list(_placed(pieces, _scale(pieces, rows * width, least), least))
    end = placed[-1].end + placed[-1].piece.behind
    return Layout(min(rows, max(1, math.ceil(end / width))), tuple(placed), tuple(_outlines(placed)))


def _placed(pieces: Sequence[Piece], per_byte: float, least: float) -> Iterator[Placed]:
    x = 0.0
    for piece in pieces:
        width = _width(piece, per_byte, least)
        cut = piece.kind == "gap" or (piece.kind == "hole" and piece.size * per_byte > HOLE_MOST)
        yield Placed(piece, x + piece.before, width, cut)
        x += piece.before + width + piece.behind


def _outlines(placed: Sequence[Placed]) -> Iterator[tuple[float, float]]:
    """Of blocks: halfway into the room that was left for them."""
    begins = [one.x - one.piece.before / 2 for one in placed if one.piece.before]
    ends = [one.end + one.piece.behind / 2 for one in placed if one.piece.behind]
    return zip(begins, ends, strict=True)


def pieces_of(zone: ZoneMap) -> Iterator[Piece]:
    """All parts of a zone, in the order of their addresses."""
    at = zone.start
    allocations = iter(zone.allocations)
    following = next(allocations, None)
    for start, end in zone.blocks:
        if at < start:
            yield Piece("gap", at, start)
        inside = []
        while following is not None and following.start < end:
            inside.append(following)
            following = next(allocations, None)
        yield from _with_edges(list(_block_pieces(start, end, inside)))
        at = end
    if at < zone.end:
        yield Piece("gap", at, zone.end)


def _block_pieces(start: int, end: int, inside: Sequence[Allocation]) -> Iterator[Piece]:
    at = start
    for one in inside:
        if at < one.start:
            yield Piece("hole", at, one.start)
        yield Piece("used", one.start, one.end, one)
        at = one.end
    if at < end:
        yield Piece("hole", at, end)


def _with_edges(pieces: list[Piece]) -> Iterator[Piece]:
    for index, piece in enumerate(pieces):
        before = 2 * BLOCK_EDGE if index == 0 else 0.0
        behind = 2 * BLOCK_EDGE if index == len(pieces) - 1 else 0.0
        yield replace(piece, before=before, behind=behind)


def _scale(pieces: Sequence[Piece], length: float, least: float) -> float:
    """So much width for a byte that all of it fills the length, but not more than is sensible."""
    low, high = 0.0, PER_BYTE_MOST
    for _ in range(48):
        middle = (low + high) / 2
        low, high = (middle, high) if _total(pieces, middle, least) <= length else (low, middle)
    return low


def _total(pieces: Sequence[Piece], per_byte: float, least: float) -> float:
    return sum(_width(piece, per_byte, least) + piece.before + piece.behind for piece in pieces)


def _width(piece: Piece, per_byte: float, least: float) -> float:
    wide = piece.size * per_byte
    if piece.kind == "gap":
        return GAP
    if piece.kind == "hole":
        return min(max(wide, min(HOLE_LEAST, least / 2)), HOLE_MOST)
    return max(wide, least)
