"""Where pieces are drawn, for all zones that there could be."""

from __future__ import annotations

import itertools

import pytest
from exclave.controller.memory_map import Allocation, ZoneMap
from exclave.controller.memory_map.scale import HOLE_MOST, ROWS_MOST, lay_out, pieces_of
from hypothesis import given
from hypothesis import strategies as st
from support_maps import MIB, SMALL

WIDTH = 800.0
START, BLOCK = 1 << 24, 4096


@st.composite
def zones(draw) -> ZoneMap:
    blocks, allocations, at = [], [], START
    for gap, inside in draw(st.lists(st.tuples(st.integers(0, 3), st.lists(st.integers(0, 99))), max_size=4)):
        at += gap * BLOCK
        if not inside:
            continue
        blocks.append((at, at + BLOCK))
        place = at
        for step in inside[:30]:
            place += step % 7
            allocations.append(Allocation(place, place + step % 3, place + step % 3 + step + 1, f"t{step % 5}"))
            place = allocations[-1].end
        at += BLOCK
    return ZoneMap("data", START, START + 1000 * MIB, 0, tuple(blocks), tuple(allocations))


@given(zones())
def test_pieces_are_the_whole_zone(zone):
    pieces = list(pieces_of(zone))
    assert pieces[0].start == zone.start
    assert pieces[-1].end == zone.end
    assert all(one.end == other.start for one, other in itertools.pairwise(pieces))
    assert [piece.allocation for piece in pieces if piece.kind == "used"] == list(zone.allocations)


@given(zones())
def test_all_is_in_its_rows(zone):
    layout = lay_out(zone, WIDTH)
    placed = layout.pieces
    assert placed[0].x >= 0
    assert placed[-1].end + placed[-1].piece.behind <= layout.rows * WIDTH + 1e-6
    assert all(one.end <= other.x + 1e-9 for one, other in itertools.pairwise(placed))
    assert all(one.width <= HOLE_MOST for one in placed if one.piece.kind == "hole")
    assert all(one.width > 1 for one in placed if one.piece.kind == "used")
    assert len(layout.blocks) == len(zone.blocks)
    for (x, end), (start, stop) in zip(layout.blocks, zone.blocks, strict=True):
        inside = [one for one in placed if start <= one.piece.start and one.piece.end <= stop]
        assert x < inside[0].x
        assert inside[-1].end < end


def test_what_is_used_has_most_of_the_width():
    """28 KiB in two blocks, in a zone of 120 MiB."""
    layout = lay_out(SMALL.zones[0], WIDTH)
    used = sum(one.width for one in layout.pieces if one.piece.kind == "used")
    assert layout.rows == 1
    assert used > 0.35 * WIDTH


@pytest.mark.parametrize("count", [1, 65, 66, 700, 5000])
def test_many_allocations_take_more_rows_and_stay_visible(count):
    allocations = tuple(Allocation(START + i * 64, START + i * 64, START + i * 64 + 48, "t") for i in range(count))
    zone = ZoneMap("code", START, START + MIB, 0, ((START, START + MIB),), allocations)
    layout = lay_out(zone, WIDTH)
    assert 1 <= layout.rows <= ROWS_MOST
    assert (layout.rows > 1) == (count > 66)
    assert min(one.width for one in layout.pieces if one.piece.kind == "used") > 1
