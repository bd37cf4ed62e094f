"""RISC-V's relaxation: whatever is removed, every label stays before its instruction, calls arrive, alignments hold."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import pytest
from exclave.controller.errors import LinkError
from exclave.controller.link import LinkedImage
from hypothesis import given
from hypothesis import strategies as st
from support_elf import FAR, ObjectBuilder, link_objects, read, read_int

RISCV, RVC = 243, 1
CALL_PLT, ALIGN, RELAX, ADD32, SUB32, SET6, SUB6 = 19, 43, 51, 35, 39, 53, 52
NOP, C_NOP = b"\x13\0\0\0", b"\x01\0"


def marker(number: int) -> bytes:
    """lui x0: does nothing, and can be told from all others."""
    return struct.pack("<I", 0x37 | number << 12)


@dataclass(frozen=True)
class Fill:
    """Two-byte instructions."""

    count: int


@dataclass(frozen=True)
class Call:
    """auipc and jalr to a label; with ra as the link register, or x0."""

    target: int
    links: bool
    relaxes: bool


@dataclass(frozen=True)
class Aligned:
    """Up to the next multiple of 1 << bits."""

    bits: int


pieces = st.lists(
    st.builds(Fill, st.sampled_from([0, 1, 2, 3, 50, 600]))
    | st.builds(Call, st.integers(0, 30), st.booleans(), st.sampled_from([True, True, True, False]))
    | st.builds(Aligned, st.integers(2, 5)),
    min_size=1,
    max_size=25,
)


def assembled(program: list[object], compressed: bool = True) -> ObjectBuilder:
    """Each piece has a label and a marker before it; alignments have theirs behind them."""
    builder = ObjectBuilder(RISCV)
    builder.flags = RVC if compressed else 0
    content, places, relocations = b"", [], []
    for number, piece in enumerate(program):
        if isinstance(piece, Aligned):
            room = (1 << piece.bits) - 2
            relocations.append((len(content), ALIGN, None, room))
            content += NOP * (room // 4) + C_NOP * (room % 4 // 2)
        places.append(len(content))
        content += marker(number)
        if isinstance(piece, Fill):
            content += C_NOP * piece.count
        elif isinstance(piece, Call):
            relocations.append((len(content), CALL_PLT, piece.target % len(program), 0))
            relocations += [(len(content), RELAX, None, 0)] if piece.relaxes else []
            content += struct.pack("<II", 0x97 if piece.links else 0x317, 0x80E7 if piece.links else 0x30067)
    text = builder.section(".text", content, 6, align=32)
    labels = [builder.symbol(f".L{number}", text, place, binding="local") for number, place in enumerate(places)]
    for offset, kind, label, addend in relocations:
        builder.relocate(text, offset, kind, 0 if label is None else labels[label], addend)
    builder.symbol("all", text, 0, len(content))
    _add_distances(builder, labels)
    return builder


def _add_distances(builder: ObjectBuilder, labels: list[int]) -> None:
    """Where each label is, seen from the first: as debug information says it."""
    data = builder.data(bytes(4 * len(labels)))
    builder.symbol("distances", data)
    for number, label in enumerate(labels):
        builder.relocate(data, 4 * number, ADD32, label)
        builder.relocate(data, 4 * number, SUB32, labels[0])


def target_of(image: LinkedImage, at: int) -> tuple[int, int]:
    """Where the call at an address goes, and how long it is."""
    first = read_int(image, at, 2)
    if first & 3 != 3:  # c.j
        bits = [(12, 11), (11, 4), (10, 9), (9, 8), (8, 10), (7, 6), (6, 7), (5, 3), (4, 2), (3, 1), (2, 5)]
        value = sum((first >> source & 1) << place for source, place in bits)
        return at + value - ((value & 1 << 11) << 1), 2
    word = read_int(image, at, 4)
    if word & 0x7F == 0x6F:  # jal
        value = (word >> 31) << 20 | (word >> 12 & 0xFF) << 12 | (word >> 20 & 1) << 11 | (word >> 21 & 0x3FF) << 1
        return at + value - ((value & 1 << 20) << 1), 4
    second = read_int(image, at + 4, 4)
    upper, lower = word & 0xFFFFF000, second >> 20
    return (at + upper - ((upper & 1 << 31) << 1) + lower - ((lower & 1 << 11) << 1)) % 2**64, 8


def link_register(image: LinkedImage, at: int, size: int) -> int:
    """Of jal, or of the jalr behind an auipc."""
    return read_int(image, at + size - 4, 4) >> 7 & 31


@given(pieces, st.booleans())
def test_labels_calls_and_alignments(program: list[object], compressed: bool) -> None:
    image = link_objects(assembled(program, compressed), architecture="riscv64")
    start = image.symbols["all"]
    labels = [start + read_int(image, image.symbols["distances"] + 4 * i, 4, True) for i in range(len(program))]
    for number, (label, piece) in enumerate(zip(labels, program, strict=True)):
        assert read(image, label, 4) == marker(number)
        if isinstance(piece, Call):
            target, size = target_of(image, label + 4)
            assert size == 2 or link_register(image, label + 4, size) == (1 if piece.links else 0)
            assert target == labels[piece.target % len(program)]
            assert size == 8 or piece.relaxes
            assert size > 2 or (compressed and not piece.links)
            assert size < 8 or not piece.relaxes, "all of it is near"
        if isinstance(piece, Aligned):
            assert label % (1 << piece.bits) == 0
    end = labels[-1] + len(_rest(image, program[-1], labels[-1]))
    symbol = next(row for row in range(len(image.graph.symbols)) if image.graph.symbol_name(row) == "all")
    assert start + int(image.graph.symbols.size[symbol]) == end


def _rest(image: LinkedImage, piece: object, label: int) -> bytes:
    """What the last piece became."""
    if isinstance(piece, Call):
        return read(image, label, 4 + target_of(image, label + 4)[1])
    return read(image, label, 4 + (2 * piece.count if isinstance(piece, Fill) else 0))


@pytest.mark.parametrize(("kib", "size"), [(0, 4), (900, 4), (1100, 8)])
def test_across_sections_it_depends_on_the_distance(kib: int, size: int) -> None:
    builder = ObjectBuilder(RISCV)
    caller = builder.section(".text.a", struct.pack("<II", 0x97, 0x80E7) + bytes(1024 * kib), 6, align=4)
    builder.symbol("caller", caller)
    called = builder.section(".text.b", struct.pack("<I", 0x8067), 6, align=4)
    builder.symbol("called", called)
    for kind in (CALL_PLT, RELAX):
        builder.relocate(caller, 0, kind, 2 if kind == CALL_PLT else 0)
    image = link_objects(builder, architecture="riscv64")
    assert target_of(image, image.symbols["caller"]) == (image.symbols["called"], size)


def test_a_call_that_would_fall_out_of_reach_stays_long() -> None:
    """What is removed before it brings it nearer to nothing: an alignment behind it takes that up."""
    builder, pair = ObjectBuilder(RISCV), struct.pack("<II", 0x97, 0x80E7)
    count, reach = 100, 1 << 20
    size = 17 * 65536  # so that the last call is 8 bytes less than its reach away from what is behind
    first = (size - reach + 8) // 8 * 8
    content = pair * count + bytes(first - 8 * count) + pair
    caller = builder.section(".text.a", content + bytes(size - len(content)), 6, align=65536)
    builder.symbol("caller", caller, first)
    called = builder.section(".text.b", struct.pack("<I", 0x8067), 6, align=65536)
    builder.symbol("called", called)
    near = builder.symbol("near", caller, 0)
    for number in range(count + 1):
        place = 8 * number if number < count else first
        builder.relocate(caller, place, CALL_PLT, near if number < count else 2)
        builder.relocate(caller, place, RELAX, 0)
    image = link_objects(builder, architecture="riscv64")
    assert target_of(image, image.symbols["caller"])[0] == image.symbols["called"]
    assert image.symbols["caller"] == image.symbols["near"] + first - 4 * count


def test_a_call_of_what_is_far_goes_to_its_stub() -> None:
    builder = ObjectBuilder(RISCV)
    caller = builder.section(".text", struct.pack("<II", 0x97, 0x80E7), 6, align=4)
    builder.symbol("caller", caller)
    builder.relocate(caller, 0, CALL_PLT, builder.symbol("far"))
    builder.relocate(caller, 0, RELAX, 0)
    image = link_objects(builder, symbols={"far": FAR}, architecture="riscv64")
    stub, size = target_of(image, image.symbols["caller"])
    entry = target_of(image, stub)[0]  # auipc and ld have their immediates where auipc and jalr have them
    assert (size, read_int(image, entry)) == (4, FAR)


def test_advances_of_frame_descriptions_follow() -> None:
    """DW_CFA_advance_loc: six bits that are set to one label and less another."""
    program = [Call(1, True, True), Fill(3), Fill(0)]
    builder = assembled(program)
    data = builder.data(b"\x40")
    builder.symbol("advance", data)
    labels = [row for row, (name, *_) in enumerate(builder.symbols) if name.startswith(".L")]
    builder.relocate(data, 0, SET6, labels[2])
    builder.relocate(data, 0, SUB6, labels[0])
    image = link_objects(builder, architecture="riscv64")
    assert read_int(image, image.symbols["advance"], 1) == 0x40 | 4 + 4 + 4 + 6


def test_an_alignment_that_the_section_does_not_have() -> None:
    builder = ObjectBuilder(RISCV)
    text = builder.section(".text", NOP * 16, 6, align=4)
    builder.function("f", text)
    builder.relocate(text, 0, ALIGN, 0, 30)
    with pytest.raises(LinkError, match="R_RISCV_ALIGN of 30 bytes, in a section that is aligned to 4"):
        link_objects(builder, architecture="riscv64")
