"""The picture as a document: well-formed, complete, the same every time."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from exclave.controller.memory_map import Allocation, MemoryMap, ZoneMap
from exclave.controller.memory_map.markup import fitted, shortened
from exclave.controller.memory_map.units import size_text
from hypothesis import given
from hypothesis import strategies as st
from support_maps import EMPTY, MANY, SMALL

SVG = "{http://www.w3.org/2000/svg}"


def titles(shown: MemoryMap) -> list[str]:
    root = ElementTree.fromstring(shown.svg())
    return [title.text or "" for title in root.iter(f"{SVG}title")]


def test_every_allocation_has_its_names_on_hover():
    found = titles(SMALL)
    for one in (one for zone in SMALL.zones for one in zone.allocations):
        (text,) = [text for text in found if text.startswith(f"{one.tracker}\n{one.address:#x}..{one.end:#x}")]
        assert all(f"{address:#x} {name}" in text for name, address in one.names[:12])
    assert any("and 8 names more" in text for text in found)


def test_the_rest_of_zones_is_there_too():
    holes = [text for text in titles(SMALL) if text.startswith("free: ")]
    gaps = [text for text in titles(SMALL) if text.startswith("no block")]
    assert len(holes) == 8
    assert len(gaps) == 4
    assert len(titles(EMPTY)) == 3


@given(st.text(max_size=60), st.text(max_size=60))
def test_whatever_a_name_is_the_document_is_well_formed(tracker, name):
    allocation = Allocation(0x1000, 0x1000, 0x1100, tracker, ((name, 0x1000),))
    zone = ZoneMap("code", 0x1000, 0x100000, 4096, ((0x1000, 0x2000),), (allocation,))
    shown = MemoryMap(name, (zone,))
    ElementTree.fromstring(shown.svg())
    assert all(line.isprintable() for line in str(shown).split("\n"))


def test_names_that_utf8_does_not_have():
    zone = ZoneMap("code", 0, 8192, 0, ((0, 4096),), (Allocation(0, 0, 8, "bad\udcff.ll"),))
    shown = MemoryMap("x", (zone,))
    shown.svg().encode()
    str(shown).encode()


def test_the_style_is_for_the_picture_alone():
    """In a notebook it is the whole page's."""
    style = re.search("<style>(.*)</style>", SMALL.svg())[1]
    selectors = re.findall(r"([^{}]+)\{[^{}]*\}", style.replace("@media (prefers-color-scheme:dark){", ""))
    assert len(selectors) > 40
    assert all(selector.startswith(".exclave-map ") for selector in selectors)


def test_all_classes_have_a_colour_on_both_grounds():
    style = re.search("<style>(.*)</style>", SMALL.svg())[1]
    light, dark = style.split("@media")
    for shown in (SMALL, MANY):
        used = {word for words in re.findall('class="([^"]*)"', shown.svg()) for word in words.split()}
        for word in used - {"exclave-map", "piece", "hole", "line", "heading", "name", "mono", "tiny", "padding"}:
            assert f".exclave-map .{word}{{" in light, word
            assert f".exclave-map .{word}{{" in dark, word


def test_a_map_in_other_forms(tmp_path):
    SMALL.save(tmp_path / "map.svg")
    SMALL.save(str(tmp_path / "map.txt"))
    assert (tmp_path / "map.svg").read_text() == SMALL.svg() == SMALL._repr_html_()
    assert (tmp_path / "map.txt").read_text() == f"{SMALL}\n"
    assert repr(SMALL) == "<MemoryMap of session 0123abcd: code 29532, readonly 4344, data 82236 bytes>"


def test_figures_add_up():
    for zone in SMALL.zones:
        assert zone.carved == zone.payload + zone.padding + zone.free
        assert sum(zone.by_tracker.values()) == zone.payload
    assert sum(SMALL.by_tracker.values()) == sum(zone.payload for zone in SMALL.zones)
    assert next(iter(SMALL.by_tracker)) == "arrays", "the largest first"


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (1023, "1023 B"), (1024, "1 KiB"), (1536, "1.5 KiB"), (102400, "100 KiB"), ((1 << 20) - 16, "1 MiB"),
     (960 << 20, "960 MiB"), (1 << 30, "1 GiB"), (5 << 40, "5120 GiB")],
)  # fmt: skip
def test_sizes(count, text):
    assert size_text(count) == text


def test_names_are_shortened_where_they_tell_least():
    assert shortened("physics.ll", 10) == "physics.ll"
    assert shortened("physics.ll", 6) == "physi…"
    assert shortened("/a/path/physics.o", 8) == "…ysics.o"
    assert fitted("physics", 200) == "physics"
    assert fitted("physics", 20) == ""
    assert fitted("f", 20) == "f"
