"""When new code is flushed, and what of it; the session runtime is a recorder, as its own tests have the rest."""

from __future__ import annotations

import logging
import struct
from itertools import chain, pairwise

import pytest
from exclave.executor.code_flush import CodeFlush, joined
from exclave.executor.memory.former_code import FormerCode
from exclave.executor.memory.ledger import Segment
from exclave.executor.memory.session_memory import SessionMemory
from exclave.executor.memory.virtmem import PAGE
from exclave.executor.runtime import EntryPoints, Outcome
from exclave.executor.zones import Zone, zone_sizes
from hypothesis import given
from hypothesis import strategies as st

BASE = 0x5000_0000_0000


class Recorder:
    """Where a runtime would be."""

    def __init__(self, error: int = 0) -> None:
        self.runs, self.error = True, error
        self.calls: list[list[tuple[int, int]]] = []

    def started(self) -> bool:
        return self.runs

    def points(self) -> EntryPoints:
        return EntryPoints(1, 2, 3, 4)

    def control(self, entry: int, slots: bytes, deadline: float | None) -> Outcome:
        assert (entry, deadline) == (4, 5.0)
        count, _, *words = struct.unpack(f"<{len(slots) // 8}Q", slots)
        self.calls.append(list(zip(words[::2], words[1::2], strict=True)))
        assert len(self.calls[-1]) == count
        return Outcome("", struct.pack("<QQ", count, self.error))


@pytest.fixture
def memory():
    made = SessionMemory(zone_sizes(1 << 20, 1), "x86_64")
    made.place(BASE)
    yield made
    made.close()


def load(memory, *segments: tuple[Zone, int, int]) -> list[int]:
    plan = [[Segment(memory.zones[zone].address + offset, size, 0, zone)] for zone, offset, size in segments]
    ids = memory.claim(plan)
    memory.fill(ids, [])
    return ids


@pytest.mark.parametrize("machine", ["aarch64", "riscv64"])
def test_where_caches_do_not_see_stores_all_new_code_is_flushed(memory, machine):
    runtime = Recorder()
    ids = load(memory, (Zone.CODE, 0, 16), (Zone.CODE, 100, 8), (Zone.DATA, 0, 8), (Zone.CODE, 5 * PAGE, PAGE))
    CodeFlush(memory, runtime, machine).flush(ids, 5.0)
    assert runtime.calls == [[(BASE, BASE + 108), (BASE + 5 * PAGE, BASE + 6 * PAGE)]]


@pytest.mark.parametrize("machine", ["aarch64", "x86_64"])
def test_nothing_is_asked_without_code_or_before_the_runtime_runs(memory, machine):
    runtime = Recorder()
    flush = CodeFlush(memory, runtime, machine)
    flush.flush(load(memory, (Zone.READONLY, 0, 8), (Zone.DATA, 0, 8)), 5.0)
    runtime.runs = False
    memory.discard(load(memory, (Zone.CODE, 0, 8))[0])
    flush.flush(load(memory, (Zone.CODE, 0, 8)), 5.0)
    assert runtime.calls == []


def test_on_x86_64_it_is_a_barrier_and_where_code_was_before(memory):
    runtime = Recorder()
    flush = CodeFlush(memory, runtime, "x86_64")
    first, second = load(memory, (Zone.CODE, 0, 8), (Zone.CODE, 2 * PAGE, 8))
    flush.flush([first, second], 5.0)
    assert runtime.calls == []
    memory.discard(second)
    flush.flush(load(memory, (Zone.CODE, 8, 8)), 5.0)
    assert runtime.calls == [], "another page"
    flush.flush(load(memory, (Zone.CODE, 3 * PAGE - 8, 8)), 5.0)
    assert runtime.calls == [[]]


def test_more_ranges_than_a_lane_holds_go_in_several_calls(memory, monkeypatch):
    monkeypatch.setattr("exclave.executor.code_flush._BATCH", 3)
    runtime = Recorder()
    CodeFlush(memory, runtime, "aarch64").flush(load(memory, *((Zone.CODE, 3 * n * PAGE, 8) for n in range(7))), 5.0)
    assert [len(call) for call in runtime.calls] == [3, 3, 1]
    assert [begin for begin, _ in chain(*runtime.calls)] == [BASE + 3 * n * PAGE for n in range(7)]


def test_a_kernel_without_the_barrier_is_told_once(memory, caplog):
    flush = CodeFlush(memory, Recorder(error=22), "aarch64")
    with caplog.at_level(logging.WARNING, "exclave.executor"):
        for n in range(3):
            flush.flush(load(memory, (Zone.CODE, n * PAGE, 8)), 5.0)
    assert [record.facts["error"] for record in caplog.records] == ["Invalid argument"]


SIZES = st.lists(st.tuples(st.integers(0, 100_000), st.integers(1, 5000)), max_size=20)


@given(SIZES)
def test_joined_ranges_cover_all_and_little_more(ranges):
    found = joined(ranges)
    assert all(any(begin <= at and at + size <= end for begin, end in found) for at, size in ranges)
    assert all(left[1] + PAGE < right[0] for left, right in pairwise(found))
    covered = {begin for begin, _ in found} | {end for _, end in found}
    assert covered <= {at for at, _ in ranges} | {at + size for at, size in ranges}


@given(SIZES, st.integers(0, 100_000), st.integers(1, 5000))
def test_former_code_is_remembered_by_the_page(ranges, at, size):
    former, pages = FormerCode(200_000), set()
    for begin, length in ranges:
        former.note(begin, begin + length)
        pages.update(range(begin // PAGE, (begin + length - 1) // PAGE + 1))
    assert former.any_in(at, at + size) == bool(pages.intersection(range(at // PAGE, (at + size - 1) // PAGE + 1)))
