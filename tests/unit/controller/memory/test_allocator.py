"""The allocator: its rules one by one, and many steps beside a shadow model."""

import math
import random

import pytest
from exclave.controller.alignment import align_up
from exclave.controller.memory.allocator import LARGE, PAGE, ZoneAllocator
from exclave.controller.memory.usage import AllocationRange, BlockRange
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from support_zone_shadow import ZoneShadow, between, pages_of

KIB, MIB = 1 << 10, 1 << 20
ZONE_START, ZONE_SIZE = 0x7000_0000_0000, 8 * MIB

# Zone's start, its size, a block's, the largest allocation, the largest alignment as a power of two.
CONFIGURATIONS = {
    "ordinary": (ZONE_START, 8 * MIB, MIB, 20_000, 7),
    "small blocks": (ZONE_START, 8 * MIB, 64 * KIB, 20_000, 7),
    "all of them large": (ZONE_START, 64 * MIB, MIB, MIB, 13),
    "tiny": (ZONE_START, MIB, 64 * KIB, 64, 4),
    "always full": (ZONE_START, 256 * KIB, 64 * KIB, 40_000, 5),
    "no page begins it": (ZONE_START + 13, 3 * MIB + 5, 64 * KIB, 30_000, 12),
    "smaller than a block": (ZONE_START, 100_000, MIB, 5_000, 9),
    "aligned to 2 MiB": (ZONE_START + 3 * PAGE, 16 * MIB, MIB, 100_000, 21),
}


@pytest.mark.parametrize("configuration", CONFIGURATIONS.values(), ids=CONFIGURATIONS)
def test_random_operations_do_what_the_shadow_does(configuration):
    start, size, block_bytes, largest, power = configuration
    shadow, dice = ZoneShadow(start, size, block_bytes), random.Random(1)
    for step in range(12_500):
        shrinking = step // 2500 % 2  # so that the zone fills, drains, and fills again
        if shadow.sizes and dice.random() < (0.7 if shrinking else 0.35):
            shadow.free_any(dice)
        elif dice.random() < 0.05:
            shadow.allocate_many([(dice.randint(1, largest), 1 << dice.randint(0, power)) for _ in range(20)])
        else:
            shadow.allocate(dice.randint(1, largest), 1 << dice.randint(0, power))
        if step % 1250 == 0:
            shadow.check()
    shadow.check()
    shadow.drain()


def uniform(dice):
    return dice.randint(100, 1_000_000)


def logarithmic(dice):
    return int(math.exp(dice.uniform(math.log(100), math.log(1_000_000))))


@pytest.mark.parametrize("draw", [uniform, logarithmic])
def test_a_hundred_thousand_operations_leave_few_holes(draw):
    """The live set swings by half around 300 allocations three times, and ends in the middle."""
    allocator, dice, live = ZoneAllocator(ZONE_START, 1 << 30), random.Random(1), []
    for step in range(100_000):
        wanted = 300 * (1 + 0.5 * math.sin(6 * math.pi * step / 100_000))
        if not live or len(live) + dice.randint(-5, 5) < wanted:
            live.append(allocator.allocate(draw(dice), 16))
        else:
            place = dice.randrange(len(live))
            live[place], live[-1] = live[-1], live[place]
            allocator.free(live.pop())
    usage = allocator.usage()
    assert usage.allocations == len(live) > 290
    assert usage.free_in_blocks <= 0.10 * usage.carved
    assert pages_of(allocator.allocations()) <= 1.02 * usage.payload


class AllocatorMachine(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.shadow = ZoneShadow(ZONE_START, MIB, block_bytes=64 * KIB)

    @rule(size=st.one_of(st.integers(1, 300), st.integers(1, 9 * KIB), st.integers(1, MIB)), power=st.integers(0, 17))
    def allocate(self, size, power):
        self.shadow.allocate(size, 1 << power)

    @rule(wanted=st.lists(st.tuples(st.integers(1, 3 * KIB), st.integers(0, 13).map(lambda power: 1 << power))))
    def allocate_many(self, wanted):
        self.shadow.allocate_many(wanted)

    @precondition(lambda self: self.shadow.sizes)
    @rule(data=st.data())
    def free(self, data):
        self.shadow.free(data.draw(st.sampled_from(sorted(self.shadow.sizes))))

    @precondition(lambda self: self.shadow.sizes)
    @rule(data=st.data())
    def free_twice_is_refused(self, data):
        address = data.draw(st.sampled_from(sorted(self.shadow.sizes)))
        self.shadow.free(address)
        with pytest.raises(ValueError, match=f"no allocation begins at {address:#x}"):
            self.shadow.allocator.free(address)

    @invariant()
    def books_add_up(self):
        self.shadow.check()

    def teardown(self):
        self.shadow.drain()


AllocatorMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=50, deadline=None)
TestAllocatorMachine = AllocatorMachine.TestCase


def test_small_allocations_are_packed_to_their_own_alignment():
    allocator = ZoneAllocator(ZONE_START, ZONE_SIZE)
    first = allocator.allocate(3, 1)
    assert allocator.allocate(5, 1) == first + 3
    assert allocator.allocate(8, 8) == first + 8
    assert allocator.allocate(1, 1) == first + 16
    assert allocator.allocate(4, 16) == first + 32
    assert allocator.usage().padding == 15


def test_the_fullest_block_that_has_room_is_used_first():
    allocator = ZoneAllocator(ZONE_START, 64 * KIB, block_bytes=4 * KIB)
    parts = [[allocator.allocate(500, 1) for _ in range(8)] for _ in range(3)]
    for block, count in zip(parts, (1, 5, 3), strict=True):
        for address in block[:count]:
            allocator.free(address)
    assert allocator.allocate(500, 1) == parts[0][0]  # one of eight is free in the first block,
    assert allocator.allocate(500, 1) == parts[2][0]  # three in the last
    assert allocator.allocate(500, 1) == parts[2][0] + 500
    assert allocator.allocate(501, 1) == parts[1][0]  # the last has room, but not in one piece
    allocator.free(parts[0][0])
    assert allocator.allocate(500, 1) == parts[0][0]


def test_emptier_blocks_drain():
    """Half of what is in sixteen blocks goes; what comes and goes then leaves some of the blocks empty."""
    allocator, dice = ZoneAllocator(ZONE_START, 16 * MIB, block_bytes=64 * KIB), random.Random(1)
    live = [allocator.allocate(4000, 16) for _ in range(256)]
    assert allocator.usage().blocks == 16
    dice.shuffle(live)
    for _ in range(128):
        allocator.free(live.pop())
    for _ in range(2000):
        place = dice.randrange(len(live))
        allocator.free(live[place])
        live[place] = allocator.allocate(4000, 16)
    assert allocator.usage().blocks <= 9


def test_what_is_freed_is_one_range_again_whatever_the_order():
    for order in ((0, 1, 2), (2, 1, 0), (1, 0, 2), (0, 2, 1)):
        allocator = ZoneAllocator(ZONE_START, ZONE_SIZE)
        addresses = [allocator.allocate(1000, 8) for _ in range(4)]
        for index in order:
            allocator.free(addresses[index])
        assert allocator.allocate(3000, 8) == addresses[0]


def test_an_empty_block_is_given_back():
    allocator = ZoneAllocator(ZONE_START, ZONE_SIZE, block_bytes=64 * KIB)
    first, second = allocator.allocate(7000, 1), allocator.allocate(7000, 1)
    allocator.free(first)
    assert allocator.usage().blocks == 1
    allocator.free(second)
    assert allocator.usage().carved == 0
    assert allocator.largest == ZONE_SIZE


def test_a_large_one_is_a_block_of_its_own_and_begins_a_page():
    allocator = ZoneAllocator(ZONE_START, ZONE_SIZE)
    for _ in range(3):
        address = allocator.allocate(MIB // LARGE + 1, 8)
        assert address % PAGE == 0
    assert allocator.usage().blocks == 3
    assert allocator.usage().free_in_blocks == 0


@pytest.mark.parametrize("power", range(12, 24))
@pytest.mark.parametrize("size", [1, 10_000, 3 * MIB])
def test_alignment_above_a_page(power, size):
    allocator = ZoneAllocator(ZONE_START + PAGE, 64 * MIB)
    allocator.allocate(1, 1)
    for _ in range(3):
        address = allocator.allocate(size, 1 << power)
        assert address is not None
        assert address % (1 << power) == 0


def test_alignment_costs_no_block_where_there_is_room():
    allocator = ZoneAllocator(ZONE_START + PAGE, ZONE_SIZE)
    assert allocator.allocate(100, 2 * MIB) == ZONE_START + 2 * MIB
    assert allocator.allocate(100, 8) == ZONE_START + 2 * MIB + 104  # the rest of the block is anybody's
    assert allocator.usage().blocks == 1


def test_only_one_of_many_ranges_is_aligned_and_it_is_found():
    allocator = ZoneAllocator(ZONE_START, 64 * KIB, block_bytes=64 * KIB)
    addresses = [allocator.allocate(1024, 1) for _ in range(64)]
    for address in addresses[1:63:2]:
        allocator.free(address)
    assert allocator.allocate(1024, 2048) is None  # each of them begins at an odd KiB
    allocator.free(addresses[62])
    assert allocator.allocate(1024, 2048) == addresses[62]


def test_only_one_of_many_gaps_is_aligned_and_it_is_found():
    allocator = ZoneAllocator(ZONE_START + PAGE, 55 * PAGE, block_bytes=16 * PAGE)
    odd = [allocator.allocate(2 * PAGE, 1) for _ in range(20)]
    allocator.allocate(3 * PAGE, 1)
    even = [allocator.allocate(2 * PAGE, 1) for _ in range(6)]
    assert allocator.largest == 0
    for address in odd[::2]:
        allocator.free(address)
    assert allocator.allocate(2 * PAGE, 2 * PAGE) is None
    allocator.free(even[1])
    assert allocator.allocate(2 * PAGE, 2 * PAGE) == even[1]


def test_exhaustion_is_none_and_the_zone_can_be_used_to_the_last_byte():
    allocator = ZoneAllocator(ZONE_START, ZONE_SIZE)
    assert allocator.allocate(ZONE_SIZE + 1, 1) is None
    assert allocator.allocate(ZONE_SIZE, 1) == ZONE_START
    assert allocator.allocate(1, 1) is None
    assert allocator.usage().largest == 0
    allocator.free(ZONE_START)
    assert allocator.largest == ZONE_SIZE


def test_pieces_that_no_block_fits_are_used_too():
    allocator = ZoneAllocator(ZONE_START, ZONE_SIZE)
    for _ in range(7):
        allocator.allocate(MIB + 100_000, 1)
    assert allocator.largest < MIB
    rest = allocator.usage().reserved - allocator.usage().taken
    while allocator.allocate(10, 1) is not None:
        rest -= 10
    assert rest < 10 * 8


def test_listings_are_by_address():
    allocator = ZoneAllocator(ZONE_START, ZONE_SIZE, block_bytes=64 * KIB)
    allocator.allocate(5, 1)
    allocator.allocate(16, 16)
    allocator.allocate(64 * KIB, 1)
    assert allocator.allocations() == [
        AllocationRange(ZONE_START, 5, 0),
        AllocationRange(ZONE_START + 16, 16, 11),
        AllocationRange(ZONE_START + 64 * KIB, 64 * KIB, 0),
    ]
    assert allocator.blocks() == [
        BlockRange(ZONE_START, 64 * KIB, 64 * KIB - 32, 1),
        BlockRange(ZONE_START + 64 * KIB, 64 * KIB, 0, 0),
    ]


def test_the_shadow_sees_overlaps_and_counts_what_is_left():
    assert between([(0, 10), (20, 30)], [(0, 2), (5, 10), (22, 23)]) == [3, 2, 7]
    assert between([], []) == []
    for wrong in [(0, 4), (3, 5)], [(8, 12)], [(12, 14)]:
        with pytest.raises(AssertionError, match="overlap"):
            between([(0, 10)], wrong)
    assert pages_of([AllocationRange(10, 5, 0), AllocationRange(4000, 200, 0), AllocationRange(8191, 1, 0)]) == 8192


@pytest.mark.parametrize(("value", "alignment", "expected"), [(0, 8, 0), (1, 8, 8), (8, 8, 8), (9, 1, 9)])
def test_align_up(value, alignment, expected):
    assert align_up(value, alignment) == expected
