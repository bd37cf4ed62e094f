"""Memory files, views and a session's memory, in this very process."""

from __future__ import annotations

import mmap
import os
import re
from itertools import pairwise
from pathlib import Path

import pytest
from exclave.executor.errors import InvalidArgumentError, NotFoundError, OutOfRangeError
from exclave.executor.memory.ledger import Segment
from exclave.executor.memory.pieces import in_zones, runs_of
from exclave.executor.memory.session_memory import SessionMemory
from exclave.executor.memory.virtmem import PAGE, MemoryFile, RwView
from exclave.executor.zones import GRANULE, LANE_SIZE, Zone, place_zones, zone_sizes
from hypothesis import given, settings
from hypothesis import strategies as st

BASE = 0x5000_0000_0000


def protections(address: int, size: int) -> str:
    """What this process may do with a range, as a string of distinct rwx words."""
    words = []
    for line in Path("/proc/self/maps").read_text().splitlines():
        start, end, flags = re.match(r"(\w+)-(\w+) (\S+)", line).groups()
        if int(start, 16) < address + size and address < int(end, 16):
            words.append(flags[:3])
    return " ".join(words)


@pytest.fixture
def file():
    made = MemoryFile("test", 16 * PAGE)
    yield made
    made.close()


def test_file_is_sealed(file):
    with pytest.raises(PermissionError):
        os.ftruncate(file.fd, 0)
    with pytest.raises(PermissionError):
        os.ftruncate(file.fd, 32 * PAGE)


def test_readonly_descriptor_gives_no_writable_view(file):
    fd = file.reopen_readonly()
    try:
        with pytest.raises(PermissionError):
            mmap.mmap(fd, PAGE, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.write(fd, b"x")
    finally:
        os.close(fd)


def test_view_is_inaccessible_but_in_a_window(file):
    view = RwView(file)
    assert protections(view.address, file.size) == "---"
    with view.window(PAGE + 5, 2 * PAGE + 1):
        assert protections(view.address, PAGE) == "---"
        assert protections(view.address + PAGE, 2 * PAGE) == "rw-"
        assert protections(view.address + 3 * PAGE, PAGE) == "---"
        view.write([(PAGE + 5, memoryview(b"abc"))])
    assert protections(view.address, file.size) == "---"
    assert file.read(PAGE + 4, 5) == b"\0abc\0"
    view.close()


def test_window_closes_after_an_error(file):
    view = RwView(file)
    with pytest.raises(ZeroDivisionError), view.window(0, 1):
        raise ZeroDivisionError
    assert protections(view.address, file.size) == "---"
    view.close()


def test_punched_pages_are_given_back(file):
    view = RwView(file)
    with view.window(0, 4 * PAGE):
        view.write([(0, memoryview(b"x" * 4 * PAGE))])
    assert file.committed() == 4 * PAGE
    file.punch(PAGE, 2 * PAGE)
    assert file.committed() == 2 * PAGE
    assert file.read(PAGE - 1, 2) == b"x\0"
    assert file.committed() == 2 * PAGE
    view.close()


@pytest.mark.parametrize("reservation", [1 << 20, (1 << 20) + 1, 64 << 20, 1 << 30, 2 << 30])
@pytest.mark.parametrize("lanes", [1, 4])
def test_zones_fill_the_reservation(reservation, lanes):
    sizes = zone_sizes(reservation, lanes)
    assert sum(sizes.values()) == -(-reservation // GRANULE) * GRANULE
    assert all(size > 0 and size % GRANULE == 0 for size in sizes.values())
    assert sizes[Zone.LANES] == (lanes + 3) * LANE_SIZE


def test_default_zones():
    sizes = zone_sizes(1 << 30, 4)
    assert sizes[Zone.CODE] == sizes[Zone.READONLY] == 128 << 20
    assert list(place_zones(BASE, sizes)) == [Zone.CODE, Zone.READONLY, Zone.DATA, Zone.LANES]


@pytest.fixture
def memory():
    made = SessionMemory(zone_sizes(1 << 20, 1), "x86_64")
    made.place(BASE)
    yield made
    made.close()


def at(memory: SessionMemory, zone: Zone, offset: int, size: int, content: int | None = None) -> Segment:
    return Segment(memory.zones[zone].address + offset, size, size if content is None else content, zone)


def everything(memory: SessionMemory, zone: Zone, size: int = 4 * PAGE) -> bytes:
    return b"".join(memory.read([(memory.zones[zone].address, size)]))


def load(memory: SessionMemory, segments: list[Segment], content: bytes) -> int:
    ids = memory.claim([segments])
    memory.fill(ids, [content])
    memory.settle(ids)
    return ids[0]


def test_fill_writes_contents_and_zeros_the_rest(memory):
    junk = load(memory, [at(memory, Zone.DATA, 0, 4 * PAGE)], b"j" * 4 * PAGE)
    memory.discard(junk)
    keep = load(memory, [at(memory, Zone.DATA, 0, 10)], b"k" * 10)
    load(memory, [at(memory, Zone.DATA, 10, 3 * PAGE, 5)], b"hello")
    assert everything(memory, Zone.DATA) == b"k" * 10 + b"hello" + bytes(4 * PAGE - 15)
    memory.discard(keep)
    assert everything(memory, Zone.DATA)[:15] == bytes(10) + b"hello"


def test_many_small_allocations_are_few_runs(memory):
    plan = [[at(memory, zone, 16 * n, 16) for zone in (Zone.CODE, Zone.READONLY, Zone.DATA)] for n in range(1000)]
    places = [(s.zone, s.address - memory.zones[Zone(s.zone)].address, s.size) for part in plan for s in part]
    pieces = [(zone, offset, memoryview(bytes(size))) for zone, offset, size in places]
    assert [len(run) for run in runs_of(in_zones(pieces))] == [1000] * 3
    content = os.urandom(16 * len(pieces))
    memory.fill(memory.claim(plan), [content[:777], content[777:]])
    cut = [content[start : start + 16] for start in range(0, len(content), 16)]
    for n, zone in enumerate((Zone.CODE, Zone.READONLY, Zone.DATA)):
        assert everything(memory, zone)[:16000] == b"".join(cut[n::3])


def test_freed_code_traps_and_whole_pages_go_back(memory):
    first = load(memory, [at(memory, Zone.CODE, 0, 100)], b"a" * 100)
    second = load(memory, [at(memory, Zone.CODE, 100, 2 * PAGE)], b"b" * 2 * PAGE)
    memory.discard(second)
    code = everything(memory, Zone.CODE)
    assert code[:PAGE] == b"a" * 100 + b"\xcc" * (PAGE - 100)
    assert code[PAGE:] == bytes(3 * PAGE)
    assert memory.committed()[Zone.CODE] == PAGE
    memory.discard(first)
    assert memory.committed()[Zone.CODE] == 0


def test_all_committed_memory_goes_back(memory):
    numbers = [
        load(memory, [at(memory, zone, i * 1000, 900, 700)], bytes([i + 1]) * 700)
        for zone in (Zone.CODE, Zone.READONLY, Zone.DATA)
        for i in range(20)
    ]
    for number in numbers[::2] + numbers[1::2]:
        memory.discard(number)
    assert sum(memory.committed().values()) == 0


def test_usage_is_what_the_files_and_the_ledger_have(memory):
    before = memory.usage()
    assert [zone.zone for zone in before.zones] == list(Zone)
    assert sum(zone.reserved for zone in before.zones) == 1 << 20
    assert (before.windows, before.window_seconds) == (0, 0.0)
    number = load(memory, [at(memory, Zone.CODE, 100, 2 * PAGE), at(memory, Zone.DATA, 0, 50)], b"x" * (2 * PAGE + 50))
    memory.claim([[at(memory, Zone.READONLY, 0, 8)]])  # which is not live
    usage = memory.usage()
    found = {zone.zone: (zone.committed, zone.live_segments, zone.live_bytes) for zone in usage.zones}
    assert found[Zone.CODE] == (3 * PAGE, 1, 2 * PAGE)
    assert found[Zone.DATA] == (PAGE, 1, 50)
    assert found[Zone.READONLY] == (0, 0, 0)
    assert usage.windows == 1, "data are not written through a window"
    assert 0 < usage.window_seconds < 60
    memory.discard(number)
    found = {zone.zone: (zone.committed, zone.live_segments, zone.live_bytes) for zone in memory.usage().zones}
    assert found[Zone.CODE] == found[Zone.DATA] == (0, 0, 0)


def test_closed_memory_has_no_usage(memory):
    memory.close()
    with pytest.raises(OutOfRangeError):
        memory.usage()


@pytest.mark.parametrize(
    ("content", "reason"), [(b"12345678", "CONTENT_TOO_SHORT"), (b"1234567890", "CONTENT_TOO_LONG")]
)
def test_wrong_length_of_contents(memory, content, reason):
    ids = memory.claim([[at(memory, Zone.CODE, 0, 4)], [at(memory, Zone.DATA, 0, 9, 5)]])
    with pytest.raises(InvalidArgumentError) as caught:
        memory.fill(ids, [content])
    assert caught.value.reason == reason
    for number in ids:
        memory.discard(number)
    assert sum(memory.committed().values()) == 0


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_contents_cut_anywhere(data):
    memory = SessionMemory(zone_sizes(1 << 20, 1))
    memory.place(BASE)
    place = dict.fromkeys((Zone.CODE, Zone.READONLY, Zone.DATA), 0)
    segments = []
    expected = {zone: bytearray(20 * PAGE) for zone in place}
    content = b""
    for i in range(data.draw(st.integers(1, 8))):
        zone = data.draw(st.sampled_from(list(place)))
        size = data.draw(st.sampled_from([1, 7, 100, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE]))
        part = bytes([i + 1]) * data.draw(st.integers(0, size))
        offset = place[zone] + data.draw(st.sampled_from([0, 1, 50]))
        place[zone] = offset + size
        segments.append(at(memory, zone, offset, size, len(part)))
        expected[zone][offset : offset + len(part)] = part
        content += part
    cuts = sorted(data.draw(st.lists(st.integers(0, len(content)), max_size=5)))
    chunks = [content[a:b] for a, b in zip([0, *cuts], [*cuts, len(content)], strict=True)]
    memory.fill(memory.claim([segments]), chunks)
    for zone, image in expected.items():
        assert everything(memory, zone, 20 * PAGE) == bytes(image)
    memory.close()


def test_read_and_write_stay_within_a_zone(memory):
    code, data = memory.zones[Zone.CODE], memory.zones[Zone.DATA]
    for address, size in [
        (code.address - 1, 2),
        (code.end - 1, 2),
        (data.address, 2**63),
        (2**64 - 1, 1),
        (0, 1),
    ]:
        with pytest.raises(OutOfRangeError):
            memory.read([(address, size)])
    for address, size in [(code.address, 1), (data.end - 1, 2), (data.address, 2**64 - 1)]:
        with pytest.raises(OutOfRangeError):
            memory.write([(address, size)], [b"x" * min(size, 10)])
    memory.write([(data.end - 3, 3)], [b"a", b"", b"bc"])
    assert b"".join(memory.read([(data.end - 3, 3)])) == b"abc"


@pytest.mark.parametrize("chunks", [[b"abc"], [b"abcd", b"e"], []])
def test_write_of_another_length(memory, chunks):
    with pytest.raises(InvalidArgumentError, match="announced"):
        memory.write([(memory.zones[Zone.DATA].address, 4)], chunks)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_ranges_anywhere_cut_anywhere(data):
    """Written in their order, read in theirs, beside a plain array of bytes."""
    memory = SessionMemory(zone_sizes(1 << 20, 1), "x86_64")
    memory.place(BASE)
    zone, size = memory.zones[Zone.DATA], 5 * PAGE
    shadow, content = bytearray(size), (bytes(range(1, 252)) * 50)[: 3 * PAGE]
    ends = st.tuples(st.integers(0, size), st.integers(0, size)).map(sorted)
    ranges = data.draw(st.lists(ends.filter(lambda pair: pair[1] - pair[0] <= PAGE), max_size=3))
    total = 0
    for start, end in ranges:
        shadow[start:end] = content[total : total + end - start]
        total += end - start
    cuts = [0, *sorted(data.draw(st.lists(st.integers(0, total), max_size=4))), total]
    asked = [(zone.address + start, end - start) for start, end in ranges]
    memory.write(asked, [content[a:b] for a, b in pairwise(cuts)])
    assert b"".join(memory.read([(zone.address, size)])) == shadow
    assert b"".join(memory.read(asked)) == b"".join(shadow[start:end] for start, end in ranges)
    memory.close()


def test_views_are_closed_between_uses(memory):
    load(memory, [at(memory, Zone.CODE, 0, 10)], b"c" * 10)
    everything(memory, Zone.CODE)
    own = {str(os.fstat(file.fd).st_ino) for zone, file in memory._files.items() if zone != Zone.LANES}
    maps = [line.split() for line in Path("/proc/self/maps").read_text().splitlines()]
    assert {words[1] for words in maps if words[4] in own and "memfd:" in words[5]} == {"---s"}


def test_closed_memory_refuses(memory):
    (number,) = memory.claim([[at(memory, Zone.DATA, 0, 4)]])
    memory.close()
    with pytest.raises(OutOfRangeError, match="closed"):
        memory.fill([number], [b"abcd"])
    with pytest.raises(NotFoundError):
        memory.discard(number + 1)
    memory.discard(number)
