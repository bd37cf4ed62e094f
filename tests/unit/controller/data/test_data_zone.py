"""Ranges are nobody else's, come back once, and nothing outside the zone is touched."""

import gc
import mmap
import os
import sys
import threading
from pathlib import Path

import pytest
from exclave.controller.data import LocalZone
from exclave.controller.data.held import HeldRange
from exclave.controller.data.holes import punch_hole
from exclave.controller.errors import ExclaveError, ExecutorRefusedError, OutOfMemoryError, SessionClosedError
from exclave.controller.memory import RangeRequest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from support_data import BASE, ZONE_BYTES, TestBed


def test_what_is_written_is_read_on_both_sides(bed):
    address = bed.zone.allocate(5)
    bed.zone.write(address, b"hello")
    assert bed.bytes_at(address, 5) == b"hello"
    bed.poke(address, b"HELLO")
    assert bed.zone.read(address, 5) == b"HELLO"
    bed.zone.zero(address, 4)
    assert bed.zone.read(address, 5) == b"\0\0\0\0O"


@pytest.mark.parametrize("data", [bytearray(b"abcd"), memoryview(b"abcd"), memoryview(b"a.b.c.d.")[::2].tobytes()])
def test_write_takes_any_flat_bytes(bed, data):
    address = bed.zone.allocate(4)
    bed.zone.write(address, data)
    assert bed.bytes_at(address, 4) == b"abcd"


def test_write_takes_items_of_any_size(bed):
    items = memoryview(b"\1\0\2\0\3\0\4\0").cast("H")
    address = bed.zone.allocate(8)
    bed.zone.write(address, items)
    assert bed.bytes_at(address, 8) == b"\1\0\2\0\3\0\4\0"


def test_nothing_is_a_size_too(bed):
    address = bed.zone.allocate(0)
    bed.zone.write(address, b"")
    bed.zone.zero(address, 0)
    assert bed.zone.read(address, 0) == b""
    bed.zone.free(address)
    assert bed.taken == 0


def test_a_view_is_the_memory_itself(here, afar):
    address = here.zone.allocate(16)
    here.zone.view(address, 16)[3] = 7
    assert here.bytes_at(address + 3, 1) == b"\7"
    assert afar.zone.view(afar.zone.allocate(16), 16) is None


@pytest.mark.parametrize("alignment", [1, 8, 64, 128, 4096, 65536])
@pytest.mark.parametrize("size", [1, 64, 65, 16384, 16385, 300_000])
def test_alignment_is_kept(zone, size, alignment):
    for _ in range(3):
        address = zone.allocate(size, alignment)
        assert address % alignment == 0
    zone.free(address)


def test_freed_twice_is_an_error(bed):
    for size in (10, 100_000):
        address = bed.zone.allocate(size)
        bed.zone.free(address)
        with pytest.raises(ExclaveError, match=f"{address:#x} is allocated: it was freed, or never was"):
            bed.zone.free(address)
    assert bed.taken == 0


def test_the_end_of_a_range_is_no_range(zone):
    address = zone.allocate(100)
    with pytest.raises(ExclaveError):
        zone.free(address + 64)


def test_small_ranges_are_kept_but_not_many(bed):
    addresses = [bed.zone.allocate(100) for _ in range(100)]
    assert len(set(addresses)) == 100
    for address in addresses:
        bed.zone.free(address)
    assert bed.manager._zones["data"].taken <= 8 * 128
    assert bed.zone.allocate(128) in addresses


def test_what_is_kept_does_not_stand_in_the_way(bed):
    small = [bed.zone.allocate(16384) for _ in range(ZONE_BYTES // 16384)]
    for address in small:
        bed.zone.free(address)
    bed.zone.free(bed.zone.allocate(ZONE_BYTES, 8))
    with pytest.raises(OutOfMemoryError, match="data zone is full"):
        bed.zone.allocate(ZONE_BYTES + 1)


def test_what_is_kept_is_given_back_to_whoever_needs_it(bed):
    """The linker allocates in the zone too, and asks the memory manager alone."""
    for size in (100, 16384, 200_000):
        bed.zone.free(bed.zone.allocate(size))
    discarded = HeldRange(bed.zone, ZONE_BYTES // 2, 8)
    del discarded
    allocation = bed.manager.allocate([RangeRequest("data", ZONE_BYTES, 64)])
    assert allocation.addresses == (BASE,)
    with pytest.raises(OutOfMemoryError):
        bed.zone.allocate(1)


def test_discarding_needs_no_lock(bed):
    """The garbage collector may run a finalizer while this very thread holds the memory manager's lock."""
    held = HeldRange(bed.zone, 100_000, 8)
    with bed.manager._lock:
        del held
        gc.collect()
        assert bed.manager._zones["data"].taken > 0
    assert bed.taken == 0


def test_a_finalizer_in_the_midst_of_allocating(bed):
    """Garbage that is collected at the worst of times: whenever the interpreter looks."""

    class Cycle:
        def __init__(self):
            self.me, self.held = self, HeldRange(bed.zone, 30_000, 8)

    threshold = gc.get_threshold()
    gc.set_threshold(1, 1, 1)
    try:
        for _ in range(300):
            Cycle()
            bed.zone.free(bed.zone.allocate(40_000))
    finally:
        gc.set_threshold(*threshold)
    gc.collect()
    assert bed.taken == 0


def test_garbage_is_no_reason_to_fail(bed):
    gc.disable()
    try:
        garbage = [HeldRange(bed.zone, ZONE_BYTES // 2, 8)]
        garbage.append(garbage)
        del garbage
        bed.zone.free(bed.zone.allocate(ZONE_BYTES))
    finally:
        gc.enable()


def test_outside_is_refused_before_it_is_touched(here):
    for address, size in [(BASE - 1, 1), (BASE, ZONE_BYTES + 1), (BASE + ZONE_BYTES, 1), (0, 8), (BASE + 8, -8)]:
        for use in (here.zone.view, here.zone.read, here.zone.zero):
            with pytest.raises(ExecutorRefusedError, match="not within the session's data zone") as caught:
                use(address, size)
            assert caught.value.reason == "RANGE_OUTSIDE_ZONES"
    with pytest.raises(ExecutorRefusedError):
        here.zone.write(BASE + ZONE_BYTES - 3, b"four")
    with pytest.raises(ExecutorRefusedError):
        here.zone.write(BASE - 1, b"x")


def committed(bed):
    return os.fstat(bed.descriptor).st_blocks * 512


def test_zeroing_much_gives_the_pages_back(here):
    address = here.zone.allocate(4 << 20)
    here.zone.write(address, b"x" * (4 << 20))
    before = committed(here)
    here.zone.zero(address + 5, (4 << 20) - 10)
    assert committed(here) < before - (3 << 20)
    assert here.bytes_at(address, 4 << 20) == b"x" * 5 + bytes((4 << 20) - 10) + b"x" * 5


def test_freeing_much_gives_the_pages_back(here):
    address = here.zone.allocate(4 << 20)
    here.zone.write(address, b"x" * (4 << 20))
    here.zone.free(address)
    assert committed(here) < 1 << 20


def test_a_forked_child_frees_nothing_of_its_parents(here, monkeypatch):
    address = here.zone.allocate(4 << 20)
    here.zone.write(address, b"x" * (4 << 20))
    monkeypatch.setattr(os, "getpid", lambda: -1)
    here.zone.free(address)
    assert here.bytes_at(address, 4 << 20) == b"x" * (4 << 20)


def test_a_few_large_ranges_are_kept(bed):
    """Fresh pages cost more than copying what lies in them."""
    addresses = [bed.zone.allocate(200_000) for _ in range(5)]
    for address in addresses:
        bed.zone.free(address)
    assert bed.manager._zones["data"].taken == 400_000  # a sixteenth of the zone, at most
    assert bed.zone.allocate(150_000) in addresses[-2:]
    assert bed.zone.allocate(20_000) not in addresses[-2:]  # half of it would be wasted
    assert bed.zone.allocate(150_000, 1 << 20) % (1 << 20) == 0


def test_freeing_much_from_afar_gives_the_pages_back(afar):
    address = afar.zone.allocate(4 << 20)
    afar.zone.write(address, b"x" * (4 << 20))
    afar.zone.free(address)
    assert not any(afar.bytes_at(address, 4 << 20))


def test_zeroing_without_a_descriptor(here):
    zone = LocalZone(mmap.mmap(here.descriptor, ZONE_BYTES), BASE, here.manager)
    address = zone.allocate(2 << 20)
    zone.write(address, b"x" * (2 << 20))
    zone.zero(address, 2 << 20)
    assert not any(here.bytes_at(address, 2 << 20))
    zone.free(address)


def test_what_cannot_be_punched():
    with Path(os.devnull).open("rb") as file:
        assert not punch_hole(file.fileno(), 0, 4096)
    assert not punch_hole(-1, 0, 4096)


def test_after_close_every_use_says_so(bed):
    address = bed.zone.allocate(16)
    big = bed.zone.allocate(2 << 20)
    bed.zone.close()
    for use in (bed.zone.read, bed.zone.zero):
        with pytest.raises(SessionClosedError, match="the session is closed"):
            use(address, 16)
    with pytest.raises(SessionClosedError):
        bed.zone.write(address, b"x")
    bed.zone.free(big)  # what is left of a session that ended may still be freed
    bed.zone.free(address)


def test_several_threads(bed):
    """Nobody gets what another has."""
    wrong = []

    def work(mark):
        for i in range(300):
            size = 1 + (i * 37) % 3000
            address = bed.zone.allocate(size)
            bed.zone.write(address, mark * size)
            if bed.zone.read(address, size) != mark * size:
                wrong.append(mark)
            bed.zone.free(address)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        threads = [threading.Thread(target=work, args=(bytes([mark]),)) for mark in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert not wrong
    assert bed.taken == 0


class Ranges(RuleBasedStateMachine):
    """Against a list of who has what."""

    def __init__(self):
        super().__init__()
        self.bed = TestBed(here=True, size=1 << 20)
        self.live = {}

    @rule(size=st.one_of(st.integers(0, 300), st.integers(0, 200_000)), power=st.integers(0, 13))
    def allocate(self, size, power):
        try:
            address = self.bed.zone.allocate(size, 1 << power)
        except OutOfMemoryError:
            assert sum(self.live.values()) + size > 100_000
            return
        assert address % (1 << power) == 0
        assert BASE <= address <= address + size <= BASE + (1 << 20)
        for other, length in self.live.items():
            assert address + max(size, 1) <= other or other + max(length, 1) <= address
        self.live[address] = size

    @precondition(lambda self: self.live)
    @rule(data=st.data(), later=st.booleans())
    def free(self, data, later):
        address = data.draw(st.sampled_from(sorted(self.live)))
        del self.live[address]
        (self.bed.zone.discard if later else self.bed.zone.free)(address)

    @rule()
    def trim(self):
        self.bed.zone.trim()

    @invariant()
    def nothing_is_lost(self):
        if not self.live:
            assert self.bed.taken == 0

    def teardown(self):
        self.bed.close()


TestRanges = Ranges.TestCase
TestRanges.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
