"""What is not a good object: each thing is one LinkError that says what, where, and what to do, and can be pickled."""

from __future__ import annotations

import pickle
import struct
from collections.abc import Callable

import pytest
from exclave.controller.errors import LinkError, ObjectFormatError
from exclave.controller.link import parse_object
from support_elf import ALLOC, COMMON, EXEC, NOBITS, RELA, WRITE, ObjectBuilder

R_64 = 1


def good() -> ObjectBuilder:
    builder = ObjectBuilder()
    text = builder.text()
    builder.relocate(text, 0, R_64, builder.function("f", text))
    return builder


def patched(at: int, form: str, *values: int) -> bytes:
    """A good object with something else in its header."""
    data = bytearray(good().build())
    struct.pack_into(form, data, at, *values)
    return bytes(data)


def section_patched(name: str, field: int, value: int) -> bytes:
    """A good object with another value in a section's header; `field` is its offset there."""
    builder = good()
    data = bytearray(builder.build())
    (table,) = struct.unpack_from("<Q", data, 40)
    (count,) = struct.unpack_from("<H", data, 60)
    names = [".text", ".symtab", ".strtab", ".rela.text", ".shstrtab"]
    number = 1 + names.index(name)
    assert count == 6
    struct.pack_into("<Q" if field in (8, 16, 24, 32, 48, 56) else "<I", data, table + 64 * number + field, value)
    return bytes(data)


SIZE, OFFSET, LINK, INFO, ALIGNMENT, ENTRY, NAME, KIND = 32, 24, 40, 44, 48, 56, 0, 4


def symbol_patched(**changes: int) -> bytes:
    builder = good()
    name, info, other, index, value, size = builder.symbols[1]
    facts = {"info": info, "other": other, "index": index, "value": value, "size": size} | changes
    builder.symbols[1] = (name, *facts.values())
    return builder.build()


def built(change: Callable[[ObjectBuilder], object]) -> bytes:
    builder = good()
    change(builder)
    return builder.build()


HEADERS = [
    (b"", "the file is empty; compile with -c"),
    (b"hello, world", "not an ELF file"),
    (b"BC\xc0\xde1234", "LLVM bitcode .* -flto"),
    (b"!<arch>\n", "an archive"),
    (b"\x7fELF", "truncated: 4 bytes, an ELF64 header has 64"),
    (good().build()[:63], "truncated: 63 bytes"),
    (patched(4, "B", 1), "a 32-bit ELF file"),
    (patched(5, "B", 2), "a big-endian ELF file"),
    (patched(6, "B", 9), "ELF version 9/1"),
    (patched(16, "<H", 2), "an executable, not a relocatable object"),
    (patched(16, "<H", 3), "a shared object"),
    (patched(16, "<H", 4), "a core dump"),
    (patched(18, "<H", 8), "an object for MIPS; this linker has x86_64, aarch64, riscv64"),
    (patched(18, "<H", 9999), "an object for machine 9999"),
    (patched(40, "<Q", 0), "no section table"),
    (patched(40, "<Q", 2**63), "truncated: the section table is at"),
    (patched(40, "<Q", 10**6), "truncated: the section table is at 1000000"),
    (patched(58, "<H", 63), "section table entries of 63 bytes"),
    (patched(60, "<H", 60000), "truncated: 60000 sections"),
    (patched(60, "<H", 0), "truncated: 0 sections"),
    (patched(62, "<H", 77), "section names are in section 77, of 6"),
]
SECTIONS = [
    (section_patched(".text", SIZE, 2**60), r"section 1 \(offset 0x40, size 0x1000000000000000, .*outside the file"),
    (section_patched(".text", OFFSET, 2**64 - 8), "outside the file"),
    (section_patched(".text", ALIGNMENT, 3), "oddly aligned"),
    (section_patched(".text", ALIGNMENT, 2**40), "oddly aligned"),
    (section_patched(".text", NAME, 10**6), "has no offset 1000000"),
    (section_patched(".text", SIZE, len(good().build()) - 64), "sections overlap"),
    (section_patched(".symtab", SIZE, 47), "47 bytes in entries of 24"),
    (section_patched(".symtab", SIZE, 0), "0 bytes in entries of 24"),
    (section_patched(".symtab", ENTRY, 16), "in entries of 16"),
    (section_patched(".symtab", LINK, 99), "its names are in section 99"),
    (section_patched(".rela.text", INFO, 99), "relocations for section 99, of 6"),
    (section_patched(".rela.text", ENTRY, 16), "do not have 24 bytes"),
    (section_patched(".rela.text", KIND, 9), "without addends"),
    (section_patched(".strtab", SIZE, 2), "does not end with a NUL"),
    (section_patched(".shstrtab", KIND, 2), "2 symbol tables"),
]
SYMBOLS = [
    (symbol_patched(index=50), "in section 50, of 6"),
    (symbol_patched(index=0xFF10), "reserved section index 0xff10"),
    (symbol_patched(index=0xFFFF), "in a table that is not there"),
    (symbol_patched(value=65), r"symbol 1 \(f\) at 0x41 .* leaves its section of 64 bytes"),
    (symbol_patched(value=-1), "leaves its section"),
    (symbol_patched(size=65), "leaves its section"),
    (symbol_patched(info=0x72), "a binding that ELF does not have"),
    (built(lambda b: b.symbol("", 1)), "a symbol that is not local has no name"),
    (built(lambda b: b.symbol("c", COMMON, 3, 8)), "a common symbol's size or alignment"),
    (built(lambda b: b.symbol("c", COMMON, 8, -1)), "a common symbol's size or alignment"),
    (good().build().replace(b"\0f\0", b"\0\xff\0"), "not UTF-8"),
]
RELOCATIONS = [
    (built(lambda b: b.relocate(1, 57, R_64, 1)), r"R_X86_64_64 at 0x39 lies outside .* \(\.text\), 64 bytes"),
    (built(lambda b: b.relocate(1, -1, R_64, 1)), "at 0xffffffffffffffff lies outside"),
    (built(lambda b: b.relocate(1, 2**62, R_64, 1)), "lies outside"),
    (built(lambda b: b.relocate(1, 0, R_64, 5000)), "a relocation of symbol 5000, of 2"),
    (
        built(lambda b: b.relocate(b.section(".bss", b"", ALLOC | WRITE, NOBITS, 8, 64), 0, R_64, 1)),
        "lies outside the content",
    ),
]
GROUPS = [
    (built(lambda b: b.group(1, [500])), "a section group has section 500"),
    (built(lambda b: b.group(500, [1])), "signature is symbol 500"),
    (built(lambda b: b.group(b.symbol("", binding="local", type="section"), [1])), "the symbol of no section"),
    (built(lambda b: b.section(".group", bytes(6), 0, 17)), "not a positive multiple of 4"),
    (built(lambda b: b.section(".group", bytes(8), 0, 17)), "in no symbol table"),
]
BAD = HEADERS + SECTIONS + SYMBOLS + RELOCATIONS + GROUPS
UNSUPPORTED = [
    (
        built(lambda b: b.section(".tdata", bytes(8), ALLOC | WRITE | 0x400)),
        r"\(\.tdata\) is thread-local storage.*-femulated-tls",
    ),
    (built(lambda b: b.symbol("v", 1, type="tls")), "v is a thread-local variable"),
    (built(lambda b: b.symbol("__gnu_lto_slim", COMMON, 1, 1)), r"compile without -flto \(or with -ffat-lto-objects\)"),
    (built(lambda b: b.section(".mixed", bytes(8), ALLOC | WRITE | EXEC)), r"\(\.mixed\) is writable and executable"),
]


def ids(cases: list[tuple[bytes, str]]) -> list[str]:
    return [message[:40] for _, message in cases]


@pytest.mark.parametrize(("data", "message"), BAD, ids=ids(BAD))
def test_a_damaged_object_is_told(data: bytes, message: str) -> None:
    with pytest.raises(ObjectFormatError, match=message) as caught:
        parse_object(data, "bad.o")
    assert caught.value.object_name == "bad.o"
    assert str(caught.value).startswith("bad.o: ")
    again = pickle.loads(pickle.dumps(caught.value))
    assert (type(again), str(again), again.object_name) == (ObjectFormatError, str(caught.value), "bad.o")


@pytest.mark.parametrize(("data", "message"), UNSUPPORTED, ids=ids(UNSUPPORTED))
def test_what_is_not_supported_is_told_with_what_to_do(data: bytes, message: str) -> None:
    with pytest.raises(LinkError, match=message):
        parse_object(data, "x.o")


def test_every_truncation_is_told() -> None:
    data = good().build()
    for length in range(len(data)):
        with pytest.raises(LinkError):
            parse_object(data[:length], "short.o")


def test_what_is_not_loaded_is_not_looked_at() -> None:
    builder = good()
    debug = builder.section(".debug_info", bytes(8), 0)
    builder.relocate(debug, 500, 17, 4000)
    builder.section(".comment", b"\xff" * 3, 0x30)
    parse_object(builder.build(), "x.o")


def test_relocations_that_overlap_cannot_multiply() -> None:
    builder = good()
    for _ in range(100):
        builder.relocate(1, 0, R_64, 1)
    data = bytearray(builder.build())
    (table,) = struct.unpack_from("<Q", data, 40)
    relocations = data[table + 64 * 4 : table + 64 * 5]
    assert struct.unpack_from("<I", relocations, 4) == (RELA,)
    struct.pack_into("<H", data, 60, 6 + 2000)
    with pytest.raises(ObjectFormatError, match="overlap"):
        parse_object(bytes(data + relocations * 2000), "x.o")


def test_names_that_overlap_cannot_multiply() -> None:
    builder = good()
    builder.symbol("x" * 200_000, 1)
    data = builder.build()
    for _ in range(20_000):
        builder.symbols.append(("", 0x10, 0, 1, 0, 0))
    data = bytearray(builder.build())
    start = data.index(b"xxxx")
    first = start - data.index(b"\0f\0")
    symbols = data.index(struct.pack("<IBBHqq", first, 0x10, 0, 1, 0, 0)) + 24
    for row in range(20_000):
        struct.pack_into("<I", data, symbols + 24 * row, first + 1 + row)
    with pytest.raises(ObjectFormatError, match="overlap too much"):
        parse_object(bytes(data), "x.o")
