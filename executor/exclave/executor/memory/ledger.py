"""Which ranges of a session's reservation are taken: integers only.

Owns: the record of claimed segments and the validation of plans. Must not know: bytes, mappings, processes.
Invariant: claimed segments lie within their zones and never overlap; a plan that is refused changes nothing;
allocation ids are never used twice.

Claimed means: not free. A claimed allocation is *pending* while it is written and becomes *live* by `settle`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping, Sequence
from itertools import count, pairwise
from typing import NamedTuple, NoReturn

from exclave.executor.errors import InvalidArgumentError, NotFoundError
from exclave.executor.zones import ZONE_OF, Zone, ZoneRange, round_down, round_up

_WORD = 1 << 64


class Segment(NamedTuple):
    """Laid out blocks of one protection: `size` bytes, the first `content_size` of them shipped, the rest
    zero.

    `zone` is what the request claims, an integer that may be no zone at all.
    """

    address: int
    size: int
    content_size: int
    zone: int

    @property
    def end(self) -> int:
        """The first address behind it."""
        return self.address + self.size


_Entry = tuple[int, int, int]  # first address, end, allocation id; sorted
_Claim = tuple[int, int, int, int]  # first address, end, index of its allocation in the plan, and its own in that
_NOWHERE: tuple[int, int, list[_Claim]] = (0, -1, [])
_FEW = 16


class Ledger:
    """The record of one reservation."""

    def __init__(self, zones: Mapping[Zone, ZoneRange], page: int) -> None:
        self._zones = {zone: zones[zone] for zone in (Zone.CODE, Zone.READONLY, Zone.DATA)}
        self._page = page
        self._taken: dict[Zone, list[_Entry]] = {zone: [] for zone in self._zones}
        self._segments: dict[int, tuple[Segment, ...]] = {}
        self._live: set[int] = set()
        self._totals = {zone: [0, 0] for zone in self._zones}  # live segments, and bytes of them
        self._ids = count(1)

    def claim(self, plan: Sequence[Sequence[Segment]]) -> list[int]:
        """Takes the ranges of all of a plan's segments and returns an id for each of its allocations.

        Raises: InvalidArgumentError, which names allocation and segment by index; nothing is taken then.
        """
        claims = self._validate(plan)
        ids = [next(self._ids) for _ in plan]
        self._segments.update(zip(ids, map(tuple, plan), strict=True))
        for zone, claimed in claims.items():
            _insert(self._taken[zone], [(address, end, ids[i]) for address, end, i, _ in claimed])
        return ids

    def settle(self, number: int) -> None:
        """Turns a pending allocation into a live one."""
        segments = self.segments(number)
        if number not in self._live:
            self._live.add(number)
            self._count(segments, 1)

    def release(self, number: int) -> None:
        """Frees the ranges of an allocation.

        Raises: NotFoundError.
        """
        for segment in self.segments(number):
            taken = self._taken[ZONE_OF[segment.zone]]
            del taken[bisect_left(taken, (segment.address,))]
        segments = self._segments.pop(number)
        if number in self._live:
            self._live.remove(number)
            self._count(segments, -1)

    def _count(self, segments: Sequence[Segment], sign: int) -> None:
        for segment in segments:
            totals = self._totals[ZONE_OF[segment.zone]]
            totals[0] += sign
            totals[1] += sign * segment.size

    def live_totals(self, zone: Zone) -> tuple[int, int]:
        """How many live segments a zone has, and how many bytes they have; none in the lanes."""
        count, size = self._totals.get(zone, (0, 0))
        return count, size

    def segments(self, number: int) -> tuple[Segment, ...]:
        """The segments of a claimed allocation, in the plan's order.

        Raises: NotFoundError.
        """
        if number not in self._segments:
            raise _no_such_allocation(number)
        return self._segments[number]

    def check_live(self, number: int) -> None:
        """Raises NotFoundError unless the allocation is initialized."""
        if number not in self._live:
            raise _no_such_allocation(number)

    def live_allocations(self) -> list[int]:
        """The ids of all initialized allocations, oldest first."""
        return sorted(self._live)

    def is_live_at(self, zone: Zone, address: int, size: int = 1) -> bool:
        """Whether `size` bytes at `address` lie in one live segment of `zone`."""
        taken = self._taken[zone]
        place = bisect_right(taken, (address, _WORD, 0)) - 1
        if place < 0:
            return False
        _, end, number = taken[place]
        return address + size <= end and number in self._live

    def pages_only_of(self, number: int, segment: Segment) -> tuple[int, int]:
        """The whole pages, as [first, end), that nobody uses once this allocation is released.

        Empty (first == end) where the segment lies on pages that others use.
        """
        first, end = round_down(segment.address, self._page), round_up(segment.end, self._page)
        taken = self._taken[ZONE_OF[segment.zone]]
        place = bisect_left(taken, (segment.address,))
        if _end_before(taken, place, number, first) > first:
            first += self._page
        if first < end and _begin_behind(taken, place, number, end) < end:
            end -= self._page
        return first, end

    # Validation: what is right passes in few steps; only what is refused is looked at rule by rule.

    def _validate(self, plan: Sequence[Sequence[Segment]]) -> dict[Zone, list[_Claim]]:
        """The plan's claims by zone, upwards."""
        claims: dict[Zone, list[_Claim]] = {zone: [] for zone in self._zones}
        bounds = {int(zone): (place.address, place.end, claims[zone]) for zone, place in self._zones.items()}
        for i, segments in enumerate(plan):
            for j, segment in enumerate(segments):
                address, size, content_size, number = segment
                start, end, claimed = bounds.get(number, _NOWHERE)
                if not (start <= address and 0 <= content_size <= size and 0 < size <= end - address):
                    self._refuse_segment(segment, i, j)
                claimed.append((address, address + size, i, j))
        for zone, claimed in claims.items():
            self._check_free(zone, claimed)
            _check_disjoint(claimed)
        return claims

    def _refuse_segment(self, segment: Segment, i: int, j: int) -> NoReturn:
        """Says which rule it breaks."""
        if segment.zone not in self._zones:
            _refuse("SEGMENT_WRONG_ZONE", f"zone {segment.zone} is not code, readonly or data", segment, i, j)
        if segment.size <= 0:
            _refuse("SEGMENT_EMPTY", f"its size is {segment.size}: leave it out", segment, i, j)
        if not 0 <= segment.content_size <= segment.size:
            text = f"content of {segment.content_size} bytes does not fit its size of {segment.size}"
            _refuse("SEGMENT_CONTENT_TOO_LARGE", text, segment, i, j)
        zone = self._zones[ZONE_OF[segment.zone]]
        text = f"{_hex(segment)} does not lie in the {zone.zone.name} zone {zone.address:#x}..{zone.end:#x}"
        _refuse(self._why_outside(segment), text, segment, i, j)

    def _why_outside(self, segment: Segment) -> str:
        inside = any(zone.holds(segment.address, segment.size) for zone in self._zones.values())
        return "SEGMENT_WRONG_ZONE" if inside else "SEGMENT_OUT_OF_RANGE"

    def _check_free(self, zone: Zone, claimed: Sequence[_Claim]) -> None:
        taken = self._taken[zone]
        for address, end, i, j in claimed:
            place = bisect_left(taken, (end,)) - 1  # the last one that begins before our end
            if place >= 0 and taken[place][1] > address:
                segment = Segment(address, end - address, 0, zone)
                start, end, number = taken[place]
                text = f"{_hex(segment)} overlaps {start:#x}..{end:#x} of allocation {number}, which is in use"
                _refuse("SEGMENT_OVERLAP", text, segment, i, j)


# Segments do not overlap, so that only the nearest of others on each side can reach onto a segment's pages.


def _end_before(taken: Sequence[_Entry], place: int, number: int, first: int) -> int:
    """Where the nearest segment before `place` that is not of allocation `number` ends; looks down to `first`."""
    while place > 0 and taken[place - 1][1] > first:
        place -= 1
        if taken[place][2] != number:
            return taken[place][1]
    return first


def _begin_behind(taken: Sequence[_Entry], place: int, number: int, end: int) -> int:
    """Where the nearest segment from `place` on that is not of allocation `number` begins; looks up to `end`."""
    while place < len(taken) and taken[place][0] < end:
        if taken[place][2] != number:
            return taken[place][0]
        place += 1
    return end


def _insert(taken: list[_Entry], entries: Sequence[_Entry]) -> None:
    if len(entries) <= _FEW:
        for entry in entries:
            insort(taken, entry)
    else:  # two sorted runs: sorting them takes one merge
        taken.extend(entries)
        taken.sort()


def _no_such_allocation(number: int) -> NotFoundError:
    text = f"the session has no allocation {number}; it may have been deinitialized before"
    return NotFoundError("NO_SUCH_ALLOCATION", text, allocation=number)


def _check_disjoint(claimed: list[_Claim]) -> None:
    claimed.sort()
    for (start, end, i, j), (other, other_end, k, m) in pairwise(claimed):
        if other < end:
            segment = Segment(other, other_end - other, 0, 0)
            other_text = f"{start:#x}..{end:#x}, segment {j} of allocation {i} of the same plan"
            text = f"{_hex(segment)} overlaps {other_text}"
            _refuse("SEGMENT_OVERLAP", text, segment, k, m)


def _refuse(reason: str, text: str, segment: Segment, i: int, j: int) -> NoReturn:
    message = f"allocation {i}, segment {j}: {text}"
    facts = {"allocation": i, "segment": j, "address": hex(segment.address), "size": segment.size}
    raise InvalidArgumentError(reason, message, **facts)


def _hex(segment: Segment) -> str:
    return f"{segment.address:#x}..{segment.end:#x}"
