"""What the memory manager may rely on, of every transport: the fake one, the executor's memory here, and over gRPC."""

import pytest
from exclave.controller.errors import ExecutorRefusedError
from exclave.controller.memory import MemoryManager, RangeRequest
from exclave.controller.model import AllocationContent, SegmentContent, ZoneRange


@pytest.fixture
def transport(end):
    return end.transport, end.zones


def segment(zones, zone, offset=1 << 22, size=64, content=b"\x90" * 16):
    return SegmentContent(zone, zones[zone].address + offset, size, content)


def refused(transport, *segments):
    """The reason's status; nothing of a refused plan may remain."""
    with pytest.raises(ExecutorRefusedError) as caught:
        transport.initialize([AllocationContent((s,)) for s in segments])
    return caught.value.status


def test_what_is_initialized_can_be_read_and_its_rest_is_zero(transport):
    transport, zones = transport
    for zone in ("code", "readonly", "data"):
        (result,) = transport.initialize([AllocationContent((segment(zones, zone),))])
        assert result.allocation_id > 0
        assert result.failure == ""
        assert transport.read_memory(zones[zone].address + (1 << 22), 64) == b"\x90" * 16 + bytes(48)


def test_several_allocations_in_one_plan_have_ids_of_their_own(transport):
    transport, zones = transport
    parts = [AllocationContent((segment(zones, "data", offset=(1 << 22) + 4096 * i),)) for i in range(5)]
    ids = [result.allocation_id for result in transport.initialize(parts)]
    assert len(set(ids)) == 5
    assert transport.deinitialize(ids[::-1]) == []


def test_overlap_with_what_is_live_and_within_a_plan_is_refused(transport):
    transport, zones = transport
    transport.initialize([AllocationContent((segment(zones, "code"),))])
    assert refused(transport, segment(zones, "code", offset=(1 << 22) + 63)) == "INVALID_ARGUMENT"
    fresh = 1 << 23
    assert refused(transport, segment(zones, "code", fresh), segment(zones, "code", fresh + 1)) == "INVALID_ARGUMENT"
    transport.initialize([AllocationContent((segment(zones, "code", fresh),))])


@pytest.mark.parametrize("offset", [-1, -(1 << 20), 1 << 40])
def test_outside_of_the_zone_is_refused(transport, offset):
    transport, zones = transport
    assert refused(transport, segment(zones, "code", offset=offset)) == "INVALID_ARGUMENT"


def test_a_plan_is_refused_as_a_whole(transport):
    transport, zones = transport
    good, bad = segment(zones, "data"), segment(zones, "data", offset=-1)
    assert refused(transport, good, bad) == "INVALID_ARGUMENT"
    transport.initialize([AllocationContent((good,))])


def test_freed_once_and_reusable_then(transport):
    transport, zones = transport
    part = AllocationContent((segment(zones, "code"),))
    (first,) = transport.initialize([part])
    transport.deinitialize([first.allocation_id])
    with pytest.raises(ExecutorRefusedError) as caught:
        transport.deinitialize([first.allocation_id])
    assert caught.value.status == "NOT_FOUND"
    (second,) = transport.initialize([part])
    assert second.allocation_id != first.allocation_id


@pytest.mark.parametrize("wrong", [lambda known: [known, known], lambda known: [known, known + 1000]])
def test_a_wrong_id_frees_nothing(transport, wrong):
    transport, zones = transport
    (result,) = transport.initialize([AllocationContent((segment(zones, "code"),))])
    with pytest.raises(ExecutorRefusedError) as caught:
        transport.deinitialize(wrong(result.allocation_id))
    assert caught.value.status == "NOT_FOUND"
    assert transport.deinitialize([result.allocation_id]) == []


def test_freed_bytes_do_not_come_back(transport):
    transport, zones = transport
    (first,) = transport.initialize([AllocationContent((segment(zones, "data", content=b"secret"),))])
    transport.deinitialize([first.allocation_id])
    transport.initialize([AllocationContent((segment(zones, "data", content=b""),))])
    assert transport.read_memory(zones["data"].address + (1 << 22), 64) == bytes(64)


def slot_and_code(transport, zones):
    transport.initialize([AllocationContent((segment(zones, "readonly", size=60), segment(zones, "code")))])
    return zones["readonly"].address + (1 << 22), zones["code"].address + (1 << 22)


def test_slots_point_to_live_code(transport):
    transport, zones = transport
    slot, code = slot_and_code(transport, zones)
    before = transport.read_memory(slot, 60)
    transport.write_slots([(slot + 8, code), (slot + 16, code + 63)])
    values = code.to_bytes(8, "little") + (code + 63).to_bytes(8, "little")
    assert transport.read_memory(slot, 60) == before[:8] + values + before[24:]


@pytest.mark.parametrize(
    ("shift", "zone", "offset", "status"),
    [
        (4, "code", 0, "INVALID_ARGUMENT"),
        (56, "code", 0, "OUT_OF_RANGE"),  # its last bytes lie behind the segment
        (1 << 20, "code", 0, "OUT_OF_RANGE"),
        (8, "code", 64, "INVALID_ARGUMENT"),
        (8, "readonly", 0, "INVALID_ARGUMENT"),
    ],
)
def test_of_slots_that_are_refused_none_is_written(transport, shift, zone, offset, status):
    transport, zones = transport
    slot, code = slot_and_code(transport, zones)
    before = transport.read_memory(slot, 60)
    with pytest.raises(ExecutorRefusedError) as caught:
        transport.write_slots([(slot, code), (slot + shift, zones[zone].address + (1 << 22) + offset)])
    assert caught.value.status == status
    assert transport.read_memory(slot, 60) == before


def test_the_manager_and_the_executor_agree_on_a_thousand_allocations(transport):
    transport, zones = transport
    beyond_the_runtime = {
        name: ZoneRange(name, z.address + (1 << 22), z.size - (1 << 22)) for name, z in zones.items() if name != "lanes"
    }
    manager = MemoryManager(beyond_the_runtime, transport)
    in_flight = [
        manager.allocate([RangeRequest("code", 1 + i % 97, 16), RangeRequest("data", 1 + i % 31, 8)])
        for i in range(500)
    ]
    contents = [
        AllocationContent(tuple(SegmentContent(zone, address, 1, b"x") for zone, address in allocation.ranges))
        for allocation in in_flight
    ]
    live = manager.finalize(in_flight, contents)
    manager.deallocate(live[::2])
    again = manager.allocate([RangeRequest("code", 97, 16)])
    manager.finalize([again], [AllocationContent((SegmentContent("code", again.addresses[0], 97, b"y" * 97),))])
    manager.deallocate(live[1::2])
