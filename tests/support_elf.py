"""Builds ELF64 relocatable objects byte by byte, good ones and bad ones, and links them at known addresses.

Owns: an object's layout, so that tests of the linker need no compiler. Must not know: what the linker makes of it.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from exclave.controller.link import LinkedImage, LinkInput, LinkOptions, SegmentRequest, link, parse_object

ALLOC, WRITE, EXEC = 2, 1, 4
PROGBITS, SYMTAB, STRTAB, RELA, NOBITS, GROUP = 1, 2, 3, 4, 8, 17
BINDINGS = {"local": 0, "global": 1, "weak": 2, "unique": 10}
TYPES = {"notype": 0, "object": 1, "func": 2, "section": 3, "file": 4, "tls": 6, "ifunc": 10}
VISIBILITIES = {"default": 0, "internal": 1, "hidden": 2, "protected": 3}
UNDEFINED, ABSOLUTE, COMMON = "undefined", "absolute", "common"
CODE, READONLY, DATA = 0x10_0000_0000, 0x10_1000_0000, 0x10_2000_0000
FAR = 0x7F00_0000_0000


@dataclass
class Section:
    name: str
    content: bytes
    flags: int
    type: int
    alignment: int
    size: int
    link: int = 0
    info: int = 0
    entry_size: int = 0


@dataclass
class ObjectBuilder:
    """An object in the making. Sections and symbols are named by number, as in the file; 0 is none."""

    machine: int = 62
    flags: int = 0
    sections: list[Section] = field(default_factory=lambda: [Section("", b"", 0, 0, 0, 0)])
    symbols: list[tuple[str, int, int, int, int, int]] = field(default_factory=lambda: [("", 0, 0, 0, 0, 0)])
    relocations: dict[int, list[tuple[int, int, int, int]]] = field(default_factory=dict)

    def section(
        self, name: str, content: bytes = b"", flags: int = ALLOC, type: int = PROGBITS, align: int = 1, size: int = -1
    ) -> int:
        self.sections.append(Section(name, content, flags, type, align, len(content) if size < 0 else size))
        return len(self.sections) - 1

    def text(self, content: bytes = bytes(64), name: str = ".text") -> int:
        return self.section(name, content, ALLOC | EXEC, align=16)

    def data(self, content: bytes = bytes(64), name: str = ".data") -> int:
        return self.section(name, content, ALLOC | WRITE, align=8)

    def symbol(
        self, name: str, section: int | str = UNDEFINED, value: int = 0, size: int = 0, binding: str = "global",
        type: str = "notype", visibility: str = "default",
    ) -> int:  # fmt: skip
        special = {UNDEFINED: 0, ABSOLUTE: 0xFFF1, COMMON: 0xFFF2}
        index = special[section] if isinstance(section, str) else section
        info = BINDINGS[binding] << 4 | TYPES[type]
        self.symbols.append((name, info, VISIBILITIES[visibility], index, value, size))
        return len(self.symbols) - 1

    def function(self, name: str, section: int, value: int = 0, size: int = 1, binding: str = "global") -> int:
        return self.symbol(name, section, value, size, binding, "func")

    def relocate(self, section: int, offset: int, type: int, symbol: int, addend: int = 0) -> None:
        self.relocations.setdefault(section, []).append((offset, type, symbol, addend))

    def group(self, signature: int, members: Sequence[int], flags: int = 1) -> None:
        content = struct.pack(f"<{len(members) + 1}I", flags, *members)
        number = self.section(".group", content, 0, GROUP, 4)
        self.sections[number].info = signature
        self.sections[number].link = -1  # the symbol table

    def build(self) -> bytes:
        sections = [Section(**vars(section)) for section in self.sections]
        names, name_offsets = _strings([name for name, *_ in self.symbols])
        table = b"".join(
            struct.pack("<IBBHqq", name_offsets[name], info, other, index & 0xFFFF, value, size)
            for name, info, other, index, value, size in self.symbols
        )
        symtab = len(sections)
        sections.append(Section(".symtab", table, 0, SYMTAB, 8, len(table), symtab + 1, 1, 24))
        sections.append(Section(".strtab", names, 0, STRTAB, 1, len(names)))
        for target, entries in self.relocations.items():
            content = b"".join(struct.pack("<qIIq", o, t, s, a) for o, t, s, a in entries)
            name = f".rela{self.sections[target].name}"
            sections.append(Section(name, content, 0, RELA, 8, len(content), symtab, target, 24))
        for section in sections:
            section.link = symtab if section.link == -1 else section.link
        return _assemble(sections, self.machine, self.flags)


def _strings(names: Sequence[str]) -> tuple[bytes, dict[str, int]]:
    table, offsets = b"\0", {"": 0}
    for name in names:
        if name not in offsets:
            offsets[name] = len(table)
            table += name.encode() + b"\0"
    return table, offsets


def _assemble(sections: list[Section], machine: int, flags: int) -> bytes:
    sections.append(Section(".shstrtab", b"", 0, STRTAB, 1, 0))
    names, offsets = _strings([section.name for section in sections])
    sections[-1].content, sections[-1].size = names, len(names)
    body, headers = bytearray(64), b""
    for section in sections:
        body += bytes(-len(body) % min(max(section.alignment, 1), 16))
        headers += struct.pack(
            "<IIqqqqIIqq", offsets[section.name], section.type, section.flags, 0, len(body), section.size,
            section.link, section.info, section.alignment, section.entry_size,
        )  # fmt: skip
        body += section.content
    body += bytes(-len(body) % 8)
    ident = b"\x7fELF\x02\x01\x01" + bytes(9)
    body[:64] = ident + struct.pack(
        "<HHIQQQIHHHHHH", 1, machine, 1, 0, 0, len(body), flags, 64, 0, 0, 64, len(sections), len(sections) - 1
    )
    return bytes(body) + headers


def allocate(requests: Sequence[SegmentRequest]) -> list[int]:
    """Each zone from its own base, segments behind each other."""
    free = {"code": CODE, "readonly": READONLY, "data": DATA}
    addresses = []
    for request in requests:
        address = -(-free[request.zone] // request.alignment) * request.alignment
        addresses.append(address)
        free[request.zone] = address + request.size
    return addresses


def link_objects(
    *objects: ObjectBuilder | bytes,
    symbols: Mapping[str, int] | None = None,
    owners: Sequence[int] | None = None,
    place: Callable[[Sequence[SegmentRequest]], list[int]] = allocate,
    **options: Any,
) -> LinkedImage:
    """Link; `symbols` are what the process has."""
    graphs = [
        parse_object(one if isinstance(one, bytes) else one.build(), f"{index}.o") for index, one in enumerate(objects)
    ]
    inputs = [LinkInput(g, o) for g, o in zip(graphs, owners or [1] * len(graphs), strict=True)]
    found = symbols or {}
    return link(inputs, LinkOptions(**options), lambda names: {n: found[n] for n in names if n in found}, place)


def read(image: LinkedImage, address: int, size: int = 8) -> bytes:
    """Bytes of the linked image, zero-fill included."""
    for segment in image.segments:
        if segment.address <= address < segment.address + segment.size:
            start = address - segment.address
            return (bytes(segment.content) + bytes(segment.size - len(segment.content)))[start : start + size]
    raise LookupError(hex(address))


def read_int(image: LinkedImage, address: int, size: int = 8, signed: bool = False) -> int:
    return int.from_bytes(read(image, address, size), "little", signed=signed)
