"""In-flight allocations end exactly once, and what is refused leaves no trace."""

import pytest
from exclave.controller.errors import ExecutorRefusedError, OutOfMemoryError
from exclave.controller.memory import MemoryManager, RangeRequest
from exclave.controller.model import AllocationContent, InitializeResult, SegmentContent, ZoneRange

ZONES = {
    "code": ZoneRange("code", 0x10_0000, 0x1_0000),
    "readonly": ZoneRange("readonly", 0x11_0000, 0x1_0000),
    "data": ZoneRange("data", 0x12_0000, 0x1_0000),
    "lanes": ZoneRange("lanes", 0x13_0000, 0x1_0000),
}


class RecordingTransport:
    """Accepts everything, or refuses what it is told to."""

    def __init__(self):
        self.live, self.next_id, self.failing, self.broken = [], 1, set(), None

    def initialize(self, allocations):
        if self.broken is not None:
            raise self.broken
        results = []
        for index, _ in enumerate(allocations):
            if index in self.failing:
                results.append(InitializeResult(0, f"allocation {index}: initializer returned 1"))
            else:
                results.append(InitializeResult(self.next_id, ""))
                self.live.append(self.next_id)
                self.next_id += 1
        return results

    def deinitialize(self, allocation_ids, partly=None):
        for allocation_id in allocation_ids:
            self.live.remove(allocation_id)
        return []


@pytest.fixture
def transport():
    return RecordingTransport()


@pytest.fixture
def manager(transport):
    return MemoryManager(ZONES, transport)


def content_of(allocation):
    return AllocationContent(tuple(SegmentContent(zone, address, 16, bytes(16)) for zone, address in allocation.ranges))


def test_finalize_and_deallocate_give_everything_back(manager, transport):
    allocation = manager.allocate([RangeRequest("code", 16, 16), RangeRequest("data", 16, 8)])
    live = manager.finalize([allocation], [content_of(allocation)])
    assert transport.live == [1]
    manager.deallocate(live)
    assert transport.live == []
    again = manager.allocate([RangeRequest("code", 0x1_0000, 1)])
    assert again.addresses == (0x10_0000,)


def test_abandon_gives_the_ranges_back_once(manager):
    allocation = manager.allocate([RangeRequest("code", 0x1_0000, 1)])
    manager.abandon([allocation])
    manager.abandon([allocation])
    assert manager.allocate([RangeRequest("code", 0x1_0000, 1)]).addresses == (0x10_0000,)


def test_a_request_that_does_not_fit_takes_nothing(manager):
    with pytest.raises(OutOfMemoryError, match="data zone is full: 65537 bytes wanted, 65536 free") as caught:
        manager.allocate([RangeRequest("code", 0x1_0000, 1), RangeRequest("data", 0x1_0001, 1)])
    assert (caught.value.zone, caught.value.wanted) == ("data", 0x1_0001)
    assert manager.allocate([RangeRequest("code", 0x1_0000, 1)]).addresses == (0x10_0000,)


def test_a_full_zone_is_asked_for_what_it_keeps(manager):
    kept = [manager.allocate([RangeRequest("data", 0x8000, 1)]) for _ in range(2)]
    asked = []

    def reclaim():
        asked.append(manager._lock.locked())
        manager.abandon(kept)

    manager.on_full("data", reclaim)
    assert manager.allocate([RangeRequest("code", 16, 1), RangeRequest("data", 0x1_0000, 1)]).addresses[1] == 0x12_0000
    assert asked == [False]
    assert manager._zones["code"].taken == 16


def test_a_zone_that_keeps_nothing_is_full(manager):
    asked = []
    manager.on_full("data", lambda: asked.append("data"))
    with pytest.raises(OutOfMemoryError, match="code zone is full"):
        manager.allocate([RangeRequest("code", 0x1_0001, 1)])
    assert asked == []
    with pytest.raises(OutOfMemoryError, match="data zone is full"):
        manager.allocate([RangeRequest("data", 0x1_0001, 1)])
    assert asked == ["data"]


def test_one_failure_undoes_the_whole_lookup(manager, transport):
    transport.failing = {1}
    both = [manager.allocate([RangeRequest("code", 0x8000, 1)]) for _ in range(2)]
    with pytest.raises(ExecutorRefusedError, match="allocation 1: initializer returned 1"):
        manager.finalize(both, [content_of(allocation) for allocation in both])
    assert transport.live == []
    assert manager.allocate([RangeRequest("code", 0x1_0000, 1)]).addresses == (0x10_0000,)


def test_a_refused_rpc_gives_the_ranges_back(manager, transport):
    transport.broken = ExecutorRefusedError("no", reason="SEGMENT_OVERLAP", status="INVALID_ARGUMENT", facts={})
    allocation = manager.allocate([RangeRequest("code", 0x1_0000, 1)])
    with pytest.raises(ExecutorRefusedError, match="no"):
        manager.finalize([allocation], [content_of(allocation)])
    assert manager.allocate([RangeRequest("code", 0x1_0000, 1)]).addresses == (0x10_0000,)
