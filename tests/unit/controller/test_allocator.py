"""The allocator against a shadow model: integers only, so a hundred thousand steps are cheap."""

import itertools
import random

import pytest
from exclave.controller.alignment import align_up
from exclave.controller.memory.allocator import SMALLEST_GAP, ZoneAllocator
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, precondition, rule

ZONE_START, ZONE_SIZE = 0x7000_0000_0000, 8 << 20


def check_against_shadow(allocator, shadow):
    """Nothing overlaps, nothing lies outside, the books add up."""
    ranges = sorted(shadow.items())
    for (address, size), (following, _) in itertools.pairwise(ranges):
        assert address + size <= following
    for address, size in ranges:
        assert allocator.start <= address
        assert address + size <= allocator.end
    assert sum(shadow.values()) <= allocator.taken <= sum(shadow.values()) + SMALLEST_GAP * len(shadow)
    free = sum(
        e - s for block in [allocator._gaps, *allocator._blocks] for s, e in zip(block.starts, block.ends, strict=False)
    )
    assert free + allocator.taken == ZONE_SIZE


class AllocatorMachine(RuleBasedStateMachine):
    live = Bundle("live")

    def __init__(self):
        super().__init__()
        self.allocator = ZoneAllocator(ZONE_START, ZONE_SIZE, block_bytes=64 << 10)
        self.shadow = {}

    @rule(
        target=live,
        size=st.one_of(st.integers(1, 300), st.integers(1, 1 << 20)),
        power=st.integers(0, 14),
    )
    def allocate(self, size, power):
        address = self.allocator.allocate(size, 1 << power)
        if address is None:
            assert self.allocator.largest < size + (1 << power)
            return None
        assert address % (1 << power) == 0
        self.shadow[address] = size
        return address

    @rule(address=consumes(live))
    def free(self, address):
        if address is not None and address in self.shadow:
            del self.shadow[address]
            self.allocator.free(address)

    @rule(address=consumes(live))
    def free_twice_is_refused(self, address):
        if address is not None and address in self.shadow:
            del self.shadow[address]
            self.allocator.free(address)
            with pytest.raises(ValueError, match="no allocation"):
                self.allocator.free(address)

    @precondition(lambda self: not self.shadow)
    @rule()
    def empty_means_whole(self):
        assert self.allocator.largest == ZONE_SIZE
        assert not self.allocator._blocks

    @invariant()
    def books_add_up(self):
        check_against_shadow(self.allocator, self.shadow)


AllocatorMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=60, deadline=None)
TestAllocatorMachine = AllocatorMachine.TestCase


def test_twenty_thousand_random_operations_leave_no_trace():
    allocator, shadow, dice = ZoneAllocator(ZONE_START, ZONE_SIZE, 64 << 10), {}, random.Random(1)
    for step in range(20_000):
        if shadow and dice.random() < 0.5:
            address = dice.choice(list(shadow))
            allocator.free(address)
            del shadow[address]
        else:
            size = dice.randrange(1, 20_000)
            address = allocator.allocate(size, 1 << dice.randrange(0, 8))
            if address is not None:
                shadow[address] = size
        if step % 1000 == 0:
            check_against_shadow(allocator, shadow)
    for address in shadow:
        allocator.free(address)
    assert allocator.largest == ZONE_SIZE


def test_small_allocations_are_packed_to_their_own_alignment():
    allocator = ZoneAllocator(ZONE_START, ZONE_SIZE)
    first = allocator.allocate(3, 1)
    assert allocator.allocate(5, 1) == first + 3
    assert allocator.allocate(8, 8) == first + 8


def test_the_fullest_block_is_used_first():
    allocator = ZoneAllocator(ZONE_START, ZONE_SIZE, block_bytes=4096)
    low, high = allocator.allocate(3000, 1), allocator.allocate(4000, 1)
    assert high == low + 4096
    assert allocator.allocate(50, 1) == high + 4000


def test_alignment_above_a_page():
    allocator = ZoneAllocator(ZONE_START + 4096, ZONE_SIZE)
    allocator.allocate(1, 1)
    address = allocator.allocate(10, 1 << 16)
    assert address is not None
    assert address % (1 << 16) == 0


def test_exhaustion_is_none_and_the_zone_can_be_used_to_the_last_byte():
    allocator = ZoneAllocator(ZONE_START, ZONE_SIZE)
    assert allocator.allocate(ZONE_SIZE + 1, 1) is None
    assert allocator.allocate(ZONE_SIZE, 1) == ZONE_START
    assert allocator.allocate(1, 1) is None
    allocator.free(ZONE_START)
    assert allocator.largest == ZONE_SIZE


@pytest.mark.parametrize(("value", "alignment", "expected"), [(0, 8, 0), (1, 8, 8), (8, 8, 8), (9, 1, 9)])
def test_align_up(value, alignment, expected):
    assert align_up(value, alignment) == expected
