"""The ledger: each rule of a plan, and a state machine against a shadow model of single bytes."""

from __future__ import annotations

import random
from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import pytest
from exclave.executor.errors import InvalidArgumentError, NotFoundError
from exclave.executor.memory.ledger import Ledger, Segment
from exclave.executor.zones import Zone, ZoneRange, place_zones, round_down, round_up
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

BASE = 0x7000_0000_0000
PAGE = 16
SIZES = {Zone.CODE: 160, Zone.READONLY: 96, Zone.DATA: 160, Zone.LANES: 64}


def make() -> Ledger:
    return Ledger(place_zones(BASE, SIZES), PAGE)


def code(offset: int, size: int, content: int = 0) -> Segment:
    return Segment(BASE + offset, size, content, Zone.CODE)


def refused(plan) -> InvalidArgumentError:
    ledger = make()
    ledger.claim([[code(64, 16)]])
    with pytest.raises(InvalidArgumentError) as caught:
        ledger.claim(plan)
    assert ledger.claim([[code(0, 64), code(80, 80)]]) == [2]  # nothing of the plan was taken, no id was used
    return caught.value


@pytest.mark.parametrize(
    ("segment", "reason"),
    [
        (code(0, 0), "SEGMENT_EMPTY"),
        (code(0, 8, 9), "SEGMENT_CONTENT_TOO_LARGE"),
        (code(0, 8, -1), "SEGMENT_CONTENT_TOO_LARGE"),
        (code(159, 2), "SEGMENT_OUT_OF_RANGE"),
        (code(-1, 2), "SEGMENT_OUT_OF_RANGE"),
        (Segment(2**64 - 4, 8, 0, Zone.CODE), "SEGMENT_OUT_OF_RANGE"),
        (Segment(BASE, 2**64 - BASE + 8, 0, Zone.CODE), "SEGMENT_OUT_OF_RANGE"),
        (Segment(BASE, 2**64 - 1, 0, Zone.CODE), "SEGMENT_OUT_OF_RANGE"),
        (Segment(BASE, 8, 0, Zone.DATA), "SEGMENT_WRONG_ZONE"),
        (Segment(BASE + 416, 8, 0, Zone.LANES), "SEGMENT_WRONG_ZONE"),
        (Segment(BASE + 416, 8, 0, Zone.DATA), "SEGMENT_OUT_OF_RANGE"),
        (Segment(BASE, 8, 0, 0), "SEGMENT_WRONG_ZONE"),
        (Segment(BASE, 8, 0, 77), "SEGMENT_WRONG_ZONE"),
        (code(79, 8), "SEGMENT_OVERLAP"),
        (code(60, 5), "SEGMENT_OVERLAP"),
        (code(68, 4), "SEGMENT_OVERLAP"),
        (code(0, 160), "SEGMENT_OVERLAP"),
    ],
)
def test_bad_segment_is_named_by_index(segment, reason):
    error = refused([[code(0, 8)], [code(8, 8), segment]] if segment.address != BASE else [[], [code(8, 8), segment]])
    assert error.reason == reason
    assert error.facts["allocation"] == "1"
    assert error.facts["segment"] == "1"
    assert error.message.startswith("allocation 1, segment 1: ")


def test_overlap_within_a_plan():
    error = refused([[code(0, 16)], [code(15, 4)]])
    assert error.reason == "SEGMENT_OVERLAP"
    assert "segment 0 of allocation 0 of the same plan" in error.message
    assert error.facts["allocation"] == "1"


def test_neighbours_do_not_overlap():
    ledger = make()
    assert ledger.claim([[code(0, 64)], [code(64, 96)], []]) == [1, 2, 3]


def test_ids_are_not_used_twice():
    ledger = make()
    (first,) = ledger.claim([[code(0, 8)]])
    ledger.release(first)
    (second,) = ledger.claim([[code(0, 8)]])
    assert second == first + 1
    with pytest.raises(NotFoundError):
        ledger.release(first)


def test_pending_is_not_live():
    ledger = make()
    (number,) = ledger.claim([[code(0, 8)]])
    assert not ledger.is_live_at(Zone.CODE, BASE)
    with pytest.raises(NotFoundError):
        ledger.check_live(number)
    ledger.settle(number)
    assert [ledger.is_live_at(Zone.CODE, BASE + i) for i in (-1, 0, 7, 8)] == [False, True, True, False]


def test_pages_only_of():
    ledger = make()
    a, b, c = ledger.claim([[code(0, 20)], [code(20, 44)], [code(64, 16)]])
    assert ledger.pages_only_of(a, code(0, 20)) == (BASE, BASE + 16)
    assert ledger.pages_only_of(b, code(20, 44)) == (BASE + 32, BASE + 64)
    assert ledger.pages_only_of(c, code(64, 16)) == (BASE + 64, BASE + 80)
    ledger.release(a)
    assert ledger.pages_only_of(b, code(20, 44)) == (BASE + 16, BASE + 64)
    (d,) = ledger.claim([[code(0, 3)]])
    (e,) = ledger.claim([[code(6, 3)]])
    first, end = ledger.pages_only_of(d, code(0, 3))
    assert first == end
    ledger.release(e)
    assert ledger.pages_only_of(d, code(0, 3)) == (BASE, BASE + 16)


class LedgerMachine(RuleBasedStateMachine):
    """Random plans, good and bad; the model is a dictionary from byte to allocation."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger = make()
        self.zones = place_zones(BASE, SIZES)
        self.bytes: dict[int, int] = {}
        self.claimed: dict[int, list[Segment]] = {}
        self.live: set[int] = set()

    segments = st.builds(
        lambda zone, offset, size, content: Segment(BASE + offset, size, content, zone),
        st.sampled_from([1, 1, 1, 2, 3, 4, 0]),
        st.integers(-4, 500),
        st.integers(0, 40),
        st.integers(0, 44),
    )

    def model_accepts(self, plan) -> bool:
        taken = set(self.bytes)
        for segment in (s for segments in plan for s in segments):
            covered = range(segment.address, segment.end)
            zone = self.zones.get(segment.zone)
            good = zone is not None and segment.zone != Zone.LANES and segment.content_size <= segment.size
            if not good or not covered or covered[0] < zone.address or covered[-1] >= zone.end:
                return False
            if taken.intersection(covered):
                return False
            taken.update(covered)
        return True

    @rule(plan=st.lists(st.lists(segments, max_size=3), min_size=1, max_size=3))
    def claim(self, plan) -> None:
        if not self.model_accepts(plan):
            with pytest.raises(InvalidArgumentError):
                self.ledger.claim(plan)
            return
        for number, segments in zip(self.ledger.claim(plan), plan, strict=True):
            assert number not in self.claimed
            self.claimed[number] = segments
            for segment in segments:
                self.bytes.update(dict.fromkeys(range(segment.address, segment.end), number))

    @precondition(lambda self: self.claimed)
    @rule(data=st.data())
    def settle(self, data) -> None:
        number = data.draw(st.sampled_from(sorted(self.claimed)))
        self.ledger.settle(number)
        self.live.add(number)

    @precondition(lambda self: self.claimed)
    @rule(data=st.data())
    def release(self, data) -> None:
        number = data.draw(st.sampled_from(sorted(self.claimed)))
        for segment in self.claimed[number]:
            self.check_pages(number, segment)
        self.ledger.release(number)
        del self.claimed[number]
        self.live.discard(number)
        self.bytes = {byte: owner for byte, owner in self.bytes.items() if owner != number}

    def check_pages(self, number: int, segment: Segment) -> None:
        first, end = self.ledger.pages_only_of(number, segment)
        ours = set(range(segment.address // PAGE, (segment.end - 1) // PAGE + 1))
        others = {byte // PAGE for byte, owner in self.bytes.items() if owner != number}
        assert set(range(first // PAGE, end // PAGE)) == ours - others

    @invariant()
    def knows_the_same(self) -> None:
        for address in range(BASE - 1, BASE + 170, 7):
            expected = self.bytes.get(address) in self.live and address < BASE + SIZES[Zone.CODE]
            assert self.ledger.is_live_at(Zone.CODE, address) == expected

    @invariant()
    def counts_the_same(self) -> None:
        live = [segment for number in self.live for segment in self.claimed[number]]
        for zone in Zone:
            sizes = [segment.size for segment in live if segment.zone == zone]
            assert self.ledger.live_totals(zone) == (len(sizes), sum(sizes))


LedgerMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestLedgerMachine = LedgerMachine.TestCase


class LedgerShadow:
    """A ledger beside a model of it: who owns each byte of the reservation, 0 for nobody."""

    def __init__(self, sizes: dict[Zone, int], page: int) -> None:
        self.zones = place_zones(BASE, sizes)
        self.ledger = Ledger(self.zones, page)
        self.page = page
        self.owners = np.zeros(sum(sizes.values()), np.uint32)
        self.claimed: dict[int, list[Segment]] = {}
        self.numbers: list[int] = []  # to choose from
        self.live: set[int] = set()

    def bytes_of(self, segment: Segment) -> np.ndarray:
        return self.owners[segment.address - BASE : segment.end - BASE]

    def accepts(self, segments: list[Segment]) -> bool:
        """For segments within their zones: whether they are free, and apart."""
        apart = all(a.end <= b.address for a, b in pairwise(sorted(segments, key=lambda s: s.address)))
        return apart and not any(self.bytes_of(segment).any() for segment in segments)

    def claim(self, segments: list[Segment]) -> None:
        if not self.accepts(segments):
            with pytest.raises(InvalidArgumentError) as caught:
                self.ledger.claim([segments])
            assert caught.value.reason == "SEGMENT_OVERLAP"
            return
        (number,) = self.ledger.claim([segments])
        assert number not in self.claimed
        self.claimed[number] = segments
        self.numbers.append(number)
        for segment in segments:
            self.bytes_of(segment)[:] = number

    def settle(self, number: int) -> None:
        self.ledger.settle(number)
        self.live.add(number)

    def release(self, number: int) -> None:
        segments = self.claimed.pop(number)
        assert self.ledger.segments(number) == tuple(segments)
        for segment in segments:
            self.check_pages(number, segment)
        self.ledger.release(number)
        self.live.discard(number)
        for segment in segments:
            self.bytes_of(segment)[:] = 0

    def check_pages(self, number: int, segment: Segment) -> None:
        first, end = self.ledger.pages_only_of(number, segment)
        low, high = round_down(segment.address, self.page), round_up(segment.end, self.page)
        owners = self.owners[low - BASE : high - BASE].reshape(-1, self.page)
        pages = low + self.page * np.flatnonzero(((owners == 0) | (owners == number)).all(axis=1))
        assert list(range(first, end, self.page)) == pages.tolist()

    def check_address(self, zone: Zone, offset: int) -> None:
        address = self.zones[zone].address + offset
        assert self.ledger.is_live_at(zone, address) == (int(self.owners[address - BASE]) in self.live)

    def check(self) -> None:
        assert self.ledger.live_allocations() == sorted(self.live)
        assert set(np.unique(self.owners).tolist()) - {0} == set(self.claimed)


def random_segment(dice: random.Random, zones: Mapping[Zone, ZoneRange], largest: int) -> Segment:
    zone = zones[dice.choice([Zone.CODE, Zone.READONLY, Zone.DATA])]
    size = dice.randint(1, largest)
    return Segment(zone.address + dice.randint(0, zone.size - size), size, dice.randint(0, size), zone.zone)


# Bytes of a zone, of a page, of the largest segment.
@pytest.mark.parametrize(("size", "page", "largest"), [(65536, 4096, 300), (65536, 64, 300), (1 << 20, 4096, 20000)])
def test_random_operations_do_what_the_shadow_does(size, page, largest):
    shadow, dice = LedgerShadow(dict.fromkeys(Zone, size), page), random.Random(1)
    for step in range(34_000):
        chance = dice.random()
        if shadow.numbers and chance < 0.25:
            place = dice.randrange(len(shadow.numbers))
            shadow.numbers[place], shadow.numbers[-1] = shadow.numbers[-1], shadow.numbers[place]
            shadow.release(shadow.numbers.pop())
        elif shadow.numbers and chance < 0.4:
            shadow.settle(dice.choice(shadow.numbers))
        else:
            shadow.claim([random_segment(dice, shadow.zones, largest) for _ in range(dice.randint(1, 2))])
        shadow.check_address(dice.choice([Zone.CODE, Zone.READONLY, Zone.DATA]), dice.randrange(size))
        if step % 3400 == 0:
            shadow.check()
    while shadow.numbers:
        shadow.release(shadow.numbers.pop())
    shadow.check()
    assert shadow.ledger.claim(
        [[Segment(zone.address, size, 0, zone.zone)] for zone in list(shadow.zones.values())[:3]]
    )
