"""Sections whose pieces may be merged: equal ones become one, and every reference finds the bytes that it had."""

from __future__ import annotations

import pytest
from exclave.controller.link import LinkedImage
from hypothesis import given
from hypothesis import strategies as st
from support_elf import ALLOC, DATA, ObjectBuilder, link_objects, read, read_int

MERGE, STRINGS = 0x10, 0x20
R_64 = 1


def with_strings(texts: list[bytes], *, width: int = 1, align: int = 1, by_section: bool = False) -> ObjectBuilder:
    """An object with strings and a pointer to each, by a symbol for each or by the section's symbol."""
    builder = ObjectBuilder()
    content, places = b"", []
    for text in texts:
        content += bytes(-len(content) % align)
        places.append(len(content))
        content += text + bytes(width)
    strings = builder.section(".rodata.str", content, ALLOC | MERGE | STRINGS, align=align)
    builder.sections[strings].entry_size = width
    return with_pointers(builder, strings, places, by_section)


def with_pointers(builder: ObjectBuilder, section: int, places: list[int], by_section: bool) -> ObjectBuilder:
    pointers = builder.data(bytes(8 * len(places)))
    whole = builder.symbol("", section, type="section", binding="local")
    for number, place in enumerate(places):
        symbol = whole if by_section else builder.symbol(f".L{number}", section, place, binding="local")
        builder.relocate(pointers, 8 * number, R_64, symbol, place if by_section else 0)
    builder.symbol("pointers", pointers)
    return builder


def strings_of(image: LinkedImage, address: int, count: int, width: int = 1) -> list[bytes]:
    return [string_at(image, read_int(image, address + 8 * number), width) for number in range(count)]


def string_at(image: LinkedImage, address: int, width: int) -> bytes:
    text = b""
    while (character := read(image, address + len(text), width)) != bytes(width):
        text += character
    return text


def readonly_size(image: LinkedImage) -> int:
    return sum(segment.size for segment in image.segments if segment.zone == "readonly")


def objects_linked(*builders: ObjectBuilder, **options: object) -> LinkedImage:
    """`pointers` of the first one is at DATA; the others' follow it."""
    for number, builder in enumerate(builders):
        builder.symbols = [(f"{s[0]}{number}" if s[0] == "pointers" else s[0], *s[1:]) for s in builder.symbols]
    return link_objects(*builders, **options)


texts = st.lists(st.binary(max_size=12).map(lambda text: text.replace(b"\0", b"x")), min_size=1, max_size=12)


@given(st.lists(texts, min_size=1, max_size=4), st.sampled_from([1, 4, 16]), st.booleans())
def test_every_string_is_there_once(lists: list[list[bytes]], align: int, by_section: bool) -> None:
    builders = [with_strings(some, align=align, by_section=by_section) for some in lists]
    image = objects_linked(*builders)
    for number, some in enumerate(lists):
        assert strings_of(image, image.symbols[f"pointers{number}"], len(some)) == some
    if len(lists) > 1:
        found = {text: set() for some in lists for text in some}
        for number, some in enumerate(lists):
            for place, text in enumerate(some):
                found[text].add(read_int(image, image.symbols[f"pointers{number}"] + 8 * place))
        assert all(len(addresses) == 1 for addresses in found.values())
        assert all(address % align == 0 for addresses in found.values() for address in addresses)


@pytest.mark.parametrize("width", [2, 4])
def test_wide_strings(width: int) -> None:
    texts = ["häßlich", "schön", ""]
    raw = [text.encode(f"utf-{8 * width}-le") for text in texts]
    image = objects_linked(*[with_strings(raw, width=width, align=width) for _ in range(3)])
    for number in range(3):
        assert strings_of(image, image.symbols[f"pointers{number}"], 3, width) == raw
    assert readonly_size(image) == sum(len(text) + width for text in raw)


def with_constants(values: list[int], places: list[int], **changes: int) -> ObjectBuilder:
    builder = ObjectBuilder()
    content = b"".join(value.to_bytes(8, "little") for value in values)
    section = builder.section(".rodata.cst8", content, ALLOC | MERGE, align=8)
    builder.sections[section].entry_size = 8
    for name, value in changes.items():
        setattr(builder.sections[section], name, value)
    return with_pointers(builder, section, places, by_section=True)


def test_constants_and_places_inside_of_them() -> None:
    """A reference to the upper half of a constant stays one to the upper half."""
    image = objects_linked(with_constants([1, 2 << 32, 3], [0, 12, 16]), with_constants([2 << 32, 1], [4, 8]))
    first, second = (image.symbols[f"pointers{number}"] for number in range(2))
    assert [read_int(image, read_int(image, first + 8 * i), 4) for i in range(3)] == [1, 2, 3]
    assert [read_int(image, read_int(image, second + 8 * i), 4) for i in range(2)] == [2, 1]
    assert read_int(image, first + 8) == read_int(image, second)
    assert readonly_size(image) == 24


def test_what_nothing_refers_to_goes() -> None:
    image = objects_linked(with_constants([1, 2, 3], [0]), with_constants([4, 1], [8]))
    assert readonly_size(image) == 8


KEPT = {
    "one alone": lambda: [with_constants([1, 1], [0, 8])],
    "of different alignments": lambda: [with_constants([1], [0]), with_constants([1], [0], alignment=16)],
    "of a size that is no multiple": lambda: [with_constants([1, 1], [0], entry_size=12) for _ in range(2)],
    "that may be written": lambda: [with_constants([1], [0], flags=ALLOC | MERGE | 1), with_constants([1], [0])],
}


@pytest.mark.parametrize("name", KEPT)
def test_what_is_not_merged(name: str) -> None:
    image = objects_linked(*KEPT[name]())
    for number in range(len(KEPT[name]())):
        assert read_int(image, read_int(image, image.symbols[f"pointers{number}"])) == 1


def test_owners_keep_their_own() -> None:
    image = objects_linked(with_constants([1], [0]), with_constants([1], [0]), owners=[1, 2])
    assert read_int(image, DATA) != read_int(image, image.symbols["pointers1"])


def test_references_beyond_the_end_keep_the_section_as_it_is() -> None:
    image = objects_linked(with_constants([1], [0, 8]), with_constants([1], [0]), with_constants([1], [0]))
    begin, end = (read_int(image, image.symbols["pointers0"] + 8 * number) for number in range(2))
    one, two = (read_int(image, image.symbols[f"pointers{number}"]) for number in (1, 2))
    assert one == two != begin
    assert end == begin + 8


def test_a_name_that_others_may_see_keeps_its_section() -> None:
    builder = with_constants([1], [0])
    builder.symbol("constant", 1)
    image = objects_linked(builder, with_constants([1], [0]))
    assert read_int(image, image.symbols["constant"]) == 1
