"""A census says of every byte of a zone whose it is, whatever was allocated and freed before."""

from __future__ import annotations

import itertools

from exclave.controller.memory import MemoryManager, RangeRequest, ZoneAllocator
from exclave.controller.memory.census import take_census
from exclave.controller.model import ZoneRange
from hypothesis import given
from hypothesis import strategies as st

START, SIZE, BLOCK = 0x1000, 4096, 512


@given(st.lists(st.tuples(st.integers(1, 700), st.sampled_from([1, 8, 64, 256]), st.booleans()), max_size=40))
def test_every_byte_is_counted_once(steps):
    allocator, live = ZoneAllocator(START, SIZE, BLOCK), {}
    for size, alignment, free in steps:
        if free and live:
            address = min(live)
            allocator.free(address)
            del live[address]
        elif (address := allocator.allocate(size, alignment)) is not None:
            live[address] = size
    census = take_census(allocator)
    assert {taken.address: taken.end - taken.address for taken in census.taken} == live
    assert census.payload == sum(live.values())
    assert census.carved == census.payload + census.padding + census.free
    assert census.reserved == SIZE
    for taken in census.taken:
        assert any(block.start <= taken.start <= taken.address < taken.end <= block.end for block in census.blocks)
    ranges = [(taken.start, taken.end) for taken in census.taken]
    assert ranges == sorted(ranges)
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(ranges))


def test_of_all_zones():
    zones = {name: ZoneRange(name, START * i, SIZE) for i, name in enumerate(("code", "data", "lanes"), start=1)}
    manager = MemoryManager(zones, transport=None)
    taken = manager.allocate([RangeRequest("code", 100, 16), RangeRequest("data", 7, 1)])
    census = manager.census()
    assert {name: zone.payload for name, zone in census.items()} == {"code": 100, "data": 7}
    manager.abandon([taken])
    assert {name: zone.carved for name, zone in manager.census().items()} == {"code": 0, "data": 0}
    assert census["code"].payload == 100, "a census does not change"
