""".eh_frame: kept together, ended once per owner, and only of functions that are there."""

from __future__ import annotations

import struct

import pytest
from exclave.controller.errors import ObjectFormatError
from exclave.controller.link import LinkedImage, parse_object
from support_elf import ALLOC, NOBITS, ObjectBuilder, link_objects, read

R_PC32 = 2
CIE = struct.pack("<II", 20, 0) + b"\1zR\0\1\x78\x10\1\x1b\x0c\7\x08\x90\1" + bytes(2)


def fde(at: int, cie: int = 0) -> bytes:
    """An FDE at `at` of a section; its function's address is at +8."""
    return struct.pack("<IIiI", 20, at + 4 - cie, 0, 16) + bytes(8)


def framed(*functions: str, cies: int = 1, terminated: bool = False, pruned: tuple[str, ...] = ()) -> ObjectBuilder:
    """Functions in sections of their own, and a frame description of each, after `cies` equal CIEs."""
    builder = ObjectBuilder()
    content, fixups = CIE * cies, []
    for name in functions:
        section = builder.text(bytes(16), f".text.{name}")
        binding = "local" if name in pruned else "global"
        builder.function(name, section, 0, 16, binding)
        fixups.append((len(content) + 8, builder.symbol("", section, binding="local", type="section")))
        content += fde(len(content), (cies - 1) * len(CIE))
    frames = builder.section(".eh_frame", content + bytes(4) * terminated, ALLOC, align=8)
    for offset, symbol in fixups:
        builder.relocate(frames, offset, R_PC32, symbol)
    return builder


def walk(image: LinkedImage, owner: int = 1) -> list[int]:
    """What an unwinder sees: the functions of the frame descriptions, up to the terminator."""
    (special,) = [r for r in image.ranges if r.kind == "eh_frame" and r.owner == owner]
    content, at, functions = read(image, special.address, special.size), 0, []
    while (length := struct.unpack_from("<I", content, at)[0]) != 0:
        pointer, begin = struct.unpack_from("<Ii", content, at + 4)
        if pointer:
            cie = at + 4 - pointer
            assert content[cie : cie + len(CIE)] == CIE
            functions.append(special.address + at + 8 + begin)
        at += 4 + length
    assert at + 4 == special.size, "the terminator is the end"
    assert special.address % 8 == 0
    return functions


@pytest.mark.parametrize("terminated", [False, True])
@pytest.mark.parametrize("cies", [1, 3])
def test_frames_of_several_objects_are_one_table(cies: int, terminated: bool) -> None:
    names = [f"f{n}" for n in range(20)]
    image = link_objects(
        framed(*names[:12], cies=cies, terminated=terminated), framed(*names[12:], terminated=terminated)
    )
    assert walk(image) == [image.symbols[name] for name in names]


def test_each_owner_has_a_table_of_its_own() -> None:
    image = link_objects(framed("a", "b"), framed("c"), owners=[1, 2])
    assert walk(image, 1) == [image.symbols["a"], image.symbols["b"]]
    assert walk(image, 2) == [image.symbols["c"]]


def test_frames_of_pruned_functions_go() -> None:
    names = [f"f{n}" for n in range(9)]
    image = link_objects(framed(*names), roots={"f3", "f7"})
    assert walk(image) == [image.symbols["f3"], image.symbols["f7"]]
    assert image.account.pruned == 2 * 7


def test_frames_do_not_keep_functions() -> None:
    image = link_objects(framed("a", "quiet", "b", pruned=("quiet",)))
    assert walk(image) == [image.symbols["a"], image.symbols["b"]]


def test_no_frames_no_table() -> None:
    image = link_objects(framed("a"), framed("b"), owners=[1, 2], roots={"a"})
    assert [r.owner for r in image.ranges] == [1]


def test_frames_of_lost_comdat_groups_go() -> None:
    def one() -> ObjectBuilder:
        builder = framed("f")
        builder.symbols[1] = ("f", 2 << 4 | 2, *builder.symbols[1][2:])  # weak
        builder.group(1, [1])
        return builder

    image = link_objects(one(), one(), owners=[1, 2])
    assert walk(image, 1) == [image.symbols["f"]]
    assert [r.owner for r in image.ranges] == [1]


def test_what_a_live_frame_names_lives() -> None:
    builder = framed("f", "g")
    tables = [builder.section(f".gcc_except_table.{n}", n.encode() * 8, ALLOC) for n in "fg"]
    for section, at in zip(tables, (len(CIE) + 16, 2 * len(CIE) + 16), strict=True):
        symbol = builder.symbol("", section, binding="local", type="section")
        builder.relocate(next(i for i, s in enumerate(builder.sections) if s.name == ".eh_frame"), at, R_PC32, symbol)
    image = link_objects(builder, roots={"g"})
    content = b"".join(bytes(s.content) for s in image.segments)
    assert (b"gggggggg" in content, b"ffffffff" in content) == (True, False)


def with_frames(content: bytes, fixup: int | None = None) -> bytes:
    builder = ObjectBuilder()
    function = builder.function("f", builder.text())
    section = builder.section(".eh_frame", content, ALLOC, align=8)
    if fixup is not None:
        builder.relocate(section, fixup, R_PC32, function)
    return builder.build()


@pytest.mark.parametrize(
    ("content", "fixup", "message"),
    [
        (struct.pack("<I", 100) + bytes(8), None, "record at 0x0 has length 0x64, 12 bytes are left"),
        (CIE + struct.pack("<I", 0xFFFFFFFF) + bytes(12), None, "record at 0x18 has length 0xffffffff"),
        (CIE + struct.pack("<I", 3) + bytes(3), None, "length 0x3"),
        (struct.pack("<II", 12, 4) + bytes(8), None, "record at 0x0 has no CIE"),
        (CIE + fde(24)[:4] + struct.pack("<I", 27) + bytes(16), None, "record at 0x18 has no CIE"),
        (CIE + fde(24) + fde(48, 24), None, "record at 0x30 has no CIE"),
        (CIE + fde(24), 21, "crosses the end of an .eh_frame record"),
        (CIE + fde(24) + bytes(4), 48, "crosses the end"),
        (bytes(4) + CIE + fde(28, 4), 0, "crosses the end"),
    ],
)
def test_damaged_frames_are_refused(content: bytes, fixup: int | None, message: str) -> None:
    with pytest.raises(ObjectFormatError, match=message):
        parse_object(with_frames(content, fixup), "x.o")


def test_frames_without_content_are_refused() -> None:
    builder = ObjectBuilder()
    builder.section(".eh_frame", b"", ALLOC, NOBITS, size=100)
    with pytest.raises(ObjectFormatError, match="has no content"):
        parse_object(builder.build(), "x.o")


def test_frames_of_nothing_are_nothing() -> None:
    for content in (b"", bytes(4), bytes(12), CIE):
        assert link_objects(with_frames(content)).ranges == []


def test_hints_that_mislead_do_not() -> None:
    """Fixups that look like functions of frame descriptions but lie inside one: the walk is by lengths only."""
    builder = framed(*[f"f{n}" for n in range(8)])
    frames = next(i for i, s in enumerate(builder.sections) if s.name == ".eh_frame")
    extra = builder.section(".gcc_except_table", bytes(8), ALLOC)
    symbol = builder.symbol("", extra, binding="local", type="section")
    for n in range(8):
        builder.relocate(frames, 24 * (n + 1) + 16, R_PC32, symbol)
    image = link_objects(builder)
    assert walk(image) == [image.symbols[f"f{n}"] for n in range(8)]
