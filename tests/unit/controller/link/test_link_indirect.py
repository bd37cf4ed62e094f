"""IFUNCs, sections that belong to others, and versions in names: what an object's become."""

from __future__ import annotations

import pytest
from exclave.controller.errors import ObjectFormatError
from exclave.controller.link import IFUNC_ENTRY, LinkedImage, parse_object
from support_elf import ALLOC, CODE, EXEC, ObjectBuilder, link_objects, read, read_int

R_64, R_PC32, R_PLT32 = 1, 2, 4
LINK_ORDER = 0x80


def with_ifunc(binding: str = "global", group: bool = False) -> ObjectBuilder:
    """A resolver 16 bytes into .text, a call of its IFUNC at the start, and a pointer to it."""
    builder = ObjectBuilder()
    text = builder.text(b"\xe8\0\0\0\0" + b"\xcc" * 59)
    builder.function("caller", text)
    resolvers = builder.text(b"\xcc" * 16 + b"\xc3", ".text.chosen") if group else text
    chosen = builder.symbol("chosen", resolvers, 16, 1, binding, "ifunc")
    builder.relocate(text, 1, R_PLT32, chosen, -4)
    pointer = builder.data(bytes(8))
    builder.symbol("pointer", pointer)
    builder.relocate(pointer, 0, R_64, chosen)
    if group:
        builder.group(chosen, [resolvers])
    return builder


def the_stub(image: LinkedImage) -> int:
    """Where the call goes."""
    return CODE + 5 + read_int(image, image.symbols["caller"] + 1, 4, True) - CODE + image.symbols["caller"]


@pytest.mark.parametrize("binding", ["global", "weak", "local"])
def test_calls_and_pointers_go_to_the_stub(binding: str) -> None:
    image = link_objects(with_ifunc(binding))
    stub = the_stub(image)
    assert read(image, stub, 2) == b"\xff\x25"
    entry = stub + 6 + read_int(image, stub + 2, 4, True)
    assert read_int(image, image.symbols["pointer"]) == stub
    assert (read_int(image, entry), read_int(image, entry + 8)) == (0, image.symbols["caller"] + 16)
    assert [(one.kind, one.address, one.size) for one in image.ranges] == [("ifuncs", entry, IFUNC_ENTRY)]
    assert ("chosen" in image.symbols) == (binding != "local")
    if binding != "local":
        assert image.symbols["chosen"] == stub


def test_other_objects_call_the_stub() -> None:
    builder = ObjectBuilder()
    text = builder.text(b"\xe8\0\0\0\0\xc3")
    builder.function("other", text)
    builder.relocate(text, 1, R_PLT32, builder.symbol("chosen"), -4)
    image = link_objects(with_ifunc(), builder, owners=[1, 2])
    assert image.symbols["other"] + 5 + read_int(image, image.symbols["other"] + 1, 4, True) == image.symbols["chosen"]


def test_one_of_a_group_is_kept() -> None:
    second = with_ifunc("weak", group=True)
    second.symbols = [
        (name.replace("caller", "again").replace("pointer", "more"), *rest) for name, *rest in second.symbols
    ]
    image = link_objects(with_ifunc("weak", group=True), second)
    assert (
        read_int(image, image.symbols["pointer"]) == read_int(image, image.symbols["more"]) == image.symbols["chosen"]
    )
    assert sum(one.size for one in image.ranges if one.kind == "ifuncs") == IFUNC_ENTRY


def test_what_nobody_calls_is_not_asked() -> None:
    image = link_objects(with_ifunc(), roots={"nothing"})
    assert not image.ranges


def in_order(*, retained: bool = False) -> ObjectBuilder:
    """Two functions in sections of their own, and for each a section that belongs to it, the other way round."""
    builder = ObjectBuilder()
    first = builder.section(".text.f", b"\xc3" * 64, ALLOC | EXEC, align=64)
    second = builder.section(".text.g", b"\xc3", ALLOC | EXEC)
    builder.function("f", first)
    builder.function("g", second)
    for number, section in ((2, second), (1, first)):
        flags = ALLOC | LINK_ORDER | (0x200000 if retained else 0)
        builder.section("order", bytes([number]), flags)
        builder.sections[-1].link = section
    return builder


def ordered(image: LinkedImage) -> bytes:
    return b"".join(bytes(segment.content) for segment in image.segments if segment.zone == "readonly")


def test_sections_live_and_lie_as_what_they_belong_to() -> None:
    assert ordered(link_objects(in_order())) == b"\1\2"
    assert ordered(link_objects(in_order(), roots={"f"})) == b"\1"
    assert ordered(link_objects(in_order(), roots={"g"})) == b"\2"
    assert ordered(link_objects(in_order(), roots={"nothing"})) == b""
    assert ordered(link_objects(in_order(retained=True), roots={"f"})) == b"\1\2"


def test_a_section_that_belongs_to_none() -> None:
    builder = in_order()
    builder.sections[3].link = 99
    with pytest.raises(ObjectFormatError, match="belongs to section 99"):
        link_objects(builder)
    builder.sections[3].link = 0
    builder.symbol("kept", 3)
    assert ordered(link_objects(builder)) in (b"\1\2", b"\2\1")


def test_versions_are_left_out_of_names() -> None:
    builder = ObjectBuilder()
    text = builder.text()
    builder.function("new@@V2", text, 8)
    builder.function("new@V1", text, 16)
    builder.relocate(text, 0, R_64, builder.symbol("used@V3"))
    graph = parse_object(builder.build(), "versions.o")
    assert [one.name for one in graph.definitions()] == ["new", "new@V1"]
    assert [one.name for one in graph.references()] == ["used"]
    image = link_objects(builder, symbols={"used": 77})
    assert image.symbols["new"] == CODE + 8
    assert read_int(image, CODE) == 77
