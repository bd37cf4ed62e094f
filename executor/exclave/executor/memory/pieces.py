"""Bytes on their way to places in memory files: cutting chunks to fit the places, grouping what lies together.

Owns: the arithmetic. Must not know: files, views, which ranges are live. Invariant: bytes keep their order; what is
cut gives every place exactly its size, or an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from operator import itemgetter

from exclave.executor.errors import InvalidArgumentError
from exclave.executor.memory.virtmem import PAGE
from exclave.executor.zones import Zone, round_down, round_up

Piece = tuple[Zone, int, memoryview]  # which zone's file, offset in it, the bytes
Place = tuple[Zone, int, int]  # which zone's file, bytes [start, end) of it


class Cursor:
    """Goes through places as the chunks come in that fill them."""

    def __init__(self, places: Sequence[Place]) -> None:
        self._rest = iter([place for place in places if place[1] < place[2]])
        self._total = sum(end - start for _, start, end in places)
        self._taken = 0
        self._place = next(self._rest, None)

    def take(self, chunk: bytes) -> list[Piece]:
        """Cuts a chunk into the pieces that go to one place each.

        Raises: InvalidArgumentError when there are more bytes than places for them.
        """
        data, at, size = memoryview(chunk), 0, len(chunk)
        self._taken += size
        pieces = []
        while at < size:
            if self._place is None:
                raise self._wrong_length()
            zone, start, end = self._place
            piece = data[at : at + end - start]
            pieces.append((zone, start, piece))
            at += len(piece)
            start += len(piece)
            self._place = (zone, start, end) if start < end else next(self._rest, None)
        return pieces

    def finish(self) -> None:
        """Raises InvalidArgumentError when contents are missing."""
        if self._place is not None:
            raise self._wrong_length()

    def _wrong_length(self) -> InvalidArgumentError:
        kind = "short" if self._taken < self._total else "long"
        text = f"contents too {kind}: {self._total} bytes were announced, {self._taken} came"
        return InvalidArgumentError(f"CONTENT_TOO_{kind.upper()}", text, announced=self._total, came=self._taken)


def groups_of(places: Iterable[Place], most: int) -> Iterator[list[Place]]:
    """Cuts places, and joins small ones, to groups of `most` bytes each; the last may have fewer."""
    group: list[Place] = []
    room = most
    for zone, start, end in places:
        while start < end:
            stop = min(end, start + room)
            group.append((zone, start, stop))
            room -= stop - start
            start = stop
            if not room:
                yield group
                group, room = [], most
    if group:
        yield group


def in_zones(pieces: Iterable[Piece]) -> list[Piece]:
    """Zone by zone and upwards: pieces of many allocations, which nowhere overlap, make few runs then."""
    return sorted(pieces, key=itemgetter(0, 1))


def runs_of(pieces: Sequence[Piece]) -> Iterator[Sequence[Piece]]:
    """Groups consecutive pieces that share a zone and lie on the same or on adjacent pages, upwards."""
    return _cut(pieces, _adjacent)


def joined(run: Sequence[Piece]) -> Iterator[tuple[int, memoryview | bytes]]:
    """Where to write what: pieces that touch are one."""
    for touching in _cut(run, _touch):
        pieces = [data for _, _, data in touching]
        yield touching[0][1], pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _cut(pieces: Sequence[Piece], together: Callable[[Piece, Piece], bool]) -> Iterator[Sequence[Piece]]:
    """Cuts between neighbours that do not belong together."""
    cuts = [i + 1 for i, (left, right) in enumerate(pairwise(pieces)) if not together(left, right)]
    for start, end in pairwise([0, *cuts, len(pieces)]):
        if start < end:
            yield pieces[start:end]


def _touch(left: Piece, right: Piece) -> bool:
    return left[1] + len(left[2]) == right[1]


def _adjacent(left: Piece, right: Piece) -> bool:
    end = left[1] + len(left[2])
    return left[0] == right[0] and end <= right[1] and round_down(right[1], PAGE) <= round_up(end, PAGE)
