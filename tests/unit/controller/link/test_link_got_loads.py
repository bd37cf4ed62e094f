"""Loads of GOT entries that are not needed: what they become, and what stays as it is."""

from __future__ import annotations

import pytest
from exclave.controller.link import LinkedImage
from support_elf import CODE, FAR, ObjectBuilder, link_objects, read, read_int

GOTPCREL, GOTPCRELX, REX_GOTPCRELX = 9, 41, 42
FIELD = b"\0\0\0\0"
NEAR = CODE + 0x100000


def linked(code: bytes, at: int, kind: int, target: int, addend: int = -4) -> LinkedImage:
    builder = ObjectBuilder()
    text = builder.text(code + b"\xcc")
    builder.function("f", text)
    builder.relocate(text, at, kind, builder.symbol("target"), addend)
    return link_objects(builder, symbols={"target": target})


REWRITTEN = {
    "mov": (b"\x48\x8b\x05" + FIELD, 3, REX_GOTPCRELX, b"\x48\x8d\x05", 3),
    "mov to another register": (b"\x4c\x8b\x2d" + FIELD, 3, REX_GOTPCRELX, b"\x4c\x8d\x2d", 3),
    "mov without a prefix": (b"\x8b\x05" + FIELD, 2, GOTPCRELX, b"\x8d\x05", 2),
    "call": (b"\xff\x15" + FIELD, 2, GOTPCRELX, b"\x67\xe8", 2),
    "jmp": (b"\xff\x25" + FIELD + b"\x90", 2, GOTPCRELX, b"\xe9", 1),
}


@pytest.mark.parametrize("name", REWRITTEN)
def test_what_is_near_is_used_directly(name: str) -> None:
    code, at, kind, head, field = REWRITTEN[name]
    image = linked(code, at, kind, NEAR)
    assert read(image, CODE, len(head)) == head
    assert CODE + field + 4 + read_int(image, CODE + field, 4, True) == NEAR
    assert read(image, CODE + field + 4, len(code) - field - 4) == b"\x90" * (len(code) - field - 4)


@pytest.mark.parametrize("name", REWRITTEN)
def test_what_is_far_is_loaded(name: str) -> None:
    code, at, kind, _, _ = REWRITTEN[name]
    image = linked(code, at, kind, FAR)
    assert read(image, CODE, at) == code[:at]
    assert read_int(image, CODE + at + 4 + read_int(image, CODE + at, 4, True)) == FAR


KEPT = {
    "a type that may not be rewritten": (b"\x48\x8b\x05" + FIELD, 3, GOTPCREL, -4),
    "cmp": (b"\x48\x3b\x05" + FIELD, 3, REX_GOTPCRELX, -4),
    "mov from a register": (b"\x48\x8b\x45" + FIELD, 3, REX_GOTPCRELX, -4),
    "another addend": (b"\x48\x8b\x05" + FIELD, 3, REX_GOTPCRELX, -8),
    "no instruction before it": (FIELD + b"\x90\x90", 0, REX_GOTPCRELX, -4),
}


@pytest.mark.parametrize("name", KEPT)
def test_what_is_no_such_load_stays(name: str) -> None:
    code, at, kind, addend = KEPT[name]
    image = linked(code, at, kind, NEAR, addend)
    assert read(image, CODE, at) == code[:at]
    assert read(image, CODE + at + 4, len(code) - at - 4) == code[at + 4 :]
    assert read_int(image, CODE + at - addend + read_int(image, CODE + at, 4, True)) == NEAR


def test_a_weak_symbol_that_is_nowhere_gives_0() -> None:
    """Sessions lie below 2 GiB, so that 0 is near."""
    builder = ObjectBuilder()
    text = builder.text(b"\x48\x8b\x05" + FIELD)
    builder.function("f", text)
    builder.relocate(text, 3, REX_GOTPCRELX, builder.symbol("nowhere", binding="weak"), -4)
    image = link_objects(builder)
    opcode = read(image, CODE, 3)[1]
    value = CODE + 7 + read_int(image, CODE + 3, 4, True)
    assert (value if opcode == 0x8D else read_int(image, value)) == 0


ADRP, LDR, LDR_TO_X1, NOP = 0x90000000, 0xF9400000, 0xF9400001, 0xD503201F
PAGE, LOW = 311, 312
AARCH64_CODE = {
    "a pair": ([ADRP, LDR], True),
    "two pairs": ([ADRP, LDR, ADRP, LDR], True),
    "to another register": ([ADRP, LDR_TO_X1], False),
    "something between": ([ADRP, NOP, LDR], False),
    "shared": ([ADRP, LDR, LDR], False),
    "a pair, and one that is none": ([ADRP, LDR, NOP, LDR], False),
}


@pytest.mark.parametrize("near", [True, False])
@pytest.mark.parametrize("name", AARCH64_CODE)
def test_pairs_of_aarch64(name: str, near: bool) -> None:
    words, pairs = AARCH64_CODE[name]
    builder = ObjectBuilder(183)
    text = builder.text(b"".join(word.to_bytes(4, "little") for word in words))
    builder.function("f", text)
    target = builder.symbol("target")
    for number, word in enumerate(words):
        if word != NOP:
            builder.relocate(text, 4 * number, PAGE if word == ADRP else LOW, target)
    place = (NEAR if near else FAR) + 0x128
    image = link_objects(builder, symbols={"target": place}, architecture="aarch64")
    for number, word in enumerate(words):
        if word in (LDR, LDR_TO_X1):
            assert value_in_x0(image, CODE + 4 * number, pairs and near) == place


def value_in_x0(image: LinkedImage, at: int, is_made: bool) -> int:
    """What an add or a load gives, with the page of the adrp that the code begins with."""
    first, second = read_int(image, CODE, 4), read_int(image, at, 4)
    assert second & 0xFFC003E0 == (0x91000000 if is_made else LDR)
    page = (CODE & ~0xFFF) + (((first >> 29 & 3) | (first >> 5 & 0x7FFFF) << 2) << 12)
    offset = second >> 10 & 0xFFF
    return page + offset if is_made else read_int(image, page + 8 * offset)
