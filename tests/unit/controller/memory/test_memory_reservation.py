"""The advice for a full zone, against the executor's own division of a reservation."""

import pytest
from exclave.controller.errors import ArgumentRangeError, OutOfMemoryError, SignatureError
from exclave.controller.memory import MemoryManager
from exclave.controller.memory.allocations import RangeRequest
from exclave.controller.memory.reservation import GRANULE, advice, fitting_reservation
from exclave.controller.model import ZoneRange
from exclave.executor.zones import MAX_RESERVATION, Zone, place_zones, zone_sizes
from hypothesis import given
from hypothesis import strategies as st

MIB = 1 << 20


def divided(reservation, lanes=4, memory=0):
    placed = place_zones(1 << 28, zone_sizes(reservation, lanes, memory))
    return {zone.name.lower(): ZoneRange(zone.name.lower(), at.address, at.size) for zone, at in placed.items()}


@given(
    st.integers(8 * MIB, 1 << 30), st.integers(1, 64), st.sampled_from(["code", "readonly", "data"]),
    st.integers(1, 1 << 29),
)  # fmt: skip
def test_what_is_advised_is_enough_and_no_more_than_needed(reservation, lanes, full, more):
    zones = divided(reservation, lanes)
    advised = fitting_reservation(zones, full, more)
    wanted = zones[full].size + more
    sizes = zone_sizes(advised, lanes)
    assert sizes[Zone[full.upper()]] >= wanted
    assert all(sizes[Zone[name.upper()]] >= zone.size for name, zone in zones.items())
    less = zone_sizes(advised - 9 * GRANULE, lanes)
    assert less[Zone[full.upper()]] < wanted


@given(st.integers(32 * MIB, 1 << 30), st.integers(1, 64))
def test_a_data_zone_that_the_limit_of_memory_bounds_needs_another_limit(reservation, lanes):
    zones = divided(reservation, lanes, memory=MIB)
    assert fitting_reservation(zones, "data", MIB) == 0
    assert fitting_reservation(zones, "code", MIB) > reservation
    assert "Limits(memory=)" in advice(0, MAX_RESERVATION)


def test_it_says_how_much_the_executor_reserves():
    assert advice(100, 1000) == (
        "reservation=100 would do (the executor reserves 1000 at most): open the session with it, or session.grow(100)"
    )
    assert advice(2000, 1000) == (
        "it would take reservation=2000, and the executor reserves 1000 at most: use several sessions"
    )


@pytest.mark.parametrize("zone", ["code", "readonly", "data"])
def test_all_of_the_batch_fits_what_is_advised(zone):
    """The request that did not fit is not all that its batch wants of the zone."""
    requests = [RangeRequest(zone, 3 * MIB, 1 << k) for k in range(12)]
    with pytest.raises(OutOfMemoryError) as caught:
        MemoryManager(divided(16 * MIB), None, MAX_RESERVATION).allocate(requests)
    error = caught.value
    assert (error.zone, error.wanted, error.most) == (zone, 3 * MIB, MAX_RESERVATION)
    assert f"reservation={error.reservation} would do" in str(error)
    MemoryManager(divided(error.reservation), None, MAX_RESERVATION).allocate(requests)


def test_a_session_grows_within_bounds():
    manager = MemoryManager(divided(16 * MIB), None, 64 * MIB)
    manager.check_larger(64 * MIB)
    for size in (16 * MIB, 0, 64 * MIB + 1):
        with pytest.raises(ArgumentRangeError, match="bytes: the "):
            manager.check_larger(size)
    with pytest.raises(SignatureError):
        manager.check_larger("all")
