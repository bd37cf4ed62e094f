"""Small ELF objects, read without NumPy: for a dozen sections and symbols each of its calls costs more than the work.

Owns: nothing that elf.py does not say first. Must not know: what is wrong with a file. Invariant: a PackedGraph that
unpacks to what `parse_object` gives, or None: then `parse_object` must look at it. Whatever is damaged, large or
rare is left to that one, so that every rule is told, and every error raised, in one place. (tests/fuzz compares both)
"""

from __future__ import annotations

import struct
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from .architecture import FRAME, INTERNAL, Architecture
from .architectures import architecture_named, architecture_numbered
from .elf_file import (
    MAX_ALIGNMENT,
    MAX_SECTION_SIZE,
    SHF_ALLOC,
    SHF_COMPRESSED,
    SHF_EXCLUDE,
    SHF_EXECINSTR,
    SHF_GNU_RETAIN,
    SHF_LINK_ORDER,
    SHF_TLS,
    SHF_WRITE,
    SHT_GROUP,
    SHT_NOBITS,
    SHT_NULL,
    SHT_REL,
    SHT_RELA,
    SHT_SYMTAB,
    SHT_SYMTAB_SHNDX,
)
from .elf_symbols import SLIM_MARK
from .frames import CIE_POINTER_OFFSET
from .graph import (
    GOT_SYMBOL,
    START,
    STOP,
    Binding,
    Blocks,
    Place,
    Role,
    SectionKind,
    Sections,
    Symbols,
)
from .packed import DefinitionFields, PackedGraph
from .section_kinds import PURPOSE, classify_section

MAX_NAME = 4096  # as much as StringTable.at gives
MAX_BYTES = 1 << 14
MAX_ROWS = 64
"""Bounds of a file, and of its sections and its symbols: where NumPy has become as quick."""

_HEADER = struct.Struct("<7s9xHHI16xQ10xHHH")
_SECTION = struct.Struct("<IIqqqqIIqQ")
_SYMBOL = struct.Struct("<IBBHqq")
_RELA = struct.Struct("<qIIq")
_IDENT = b"\x7fELF\2\1\1"
_ALIGNMENTS = frozenset([0, *(1 << bit for bit in range(MAX_ALIGNMENT.bit_length()))])
_RARE = frozenset((SHT_REL, SHT_GROUP, SHT_SYMTAB_SHNDX))
_ACCESS = SHF_WRITE | SHF_EXECINSTR
_NULL_SYMBOL = bytes(_SYMBOL.size)
_ABS = 0xFFF1
_BINDINGS = {0: Binding.LOCAL, 1: Binding.STRONG, 2: Binding.WEAK, 10: Binding.WEAK}
_FUNC = 2
_RARE_KINDS = (6, 10)  # thread-local, IFUNC
_LOADED = SHF_ALLOC | SHF_EXCLUDE
_UNUSUAL = SHF_TLS | SHF_COMPRESSED | SHF_LINK_ORDER
_BLOCK, _SYMBOL_ROW = len(Blocks.columns), len(Symbols.columns)
_START, _SIZE, _PLACE = Blocks.columns.index("start"), Blocks.columns.index("size"), Symbols.columns.index("place")


class _Odd(Exception):
    """Not for this reader."""


_Section = tuple[int, int, int, int, int, int, int, int, int, int]
"""name, type, flags, address, offset, size, link, info, alignment, entry size"""


def read_small(data: bytes, name: str) -> PackedGraph | None:
    """The graph of a small object without anything rare in it; None for all others, and for what is damaged."""
    if not _HEADER.size < len(data) <= MAX_BYTES:
        return None
    try:
        return _Reader(data).graph(name)
    except _Odd:
        return None


class _Reader:
    """Reads one file, table by table, into rows."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._table: list[_Section] = []
        self._first: list[int] = []  # the block that a section became, or -1
        self._symbol_table = 0
        self._frames = 0  # the section
        self._frames_row = 0
        self._first_record = 0  # its block
        self._records: list[tuple[int, int]] = []  # offset and size
        self._cies: list[int] = []  # of each record the one that is its CIE, or -1
        self._own_names = {GOT_SYMBOL}  # what the linker defines
        self._sections: list[int] = []
        self._blocks: list[int] = []
        self._symbols: list[int] = []
        self._edges: list[int] = []

    def graph(self, name: str) -> PackedGraph:
        """The graph, or _Odd."""
        architecture, section_names = self._read_outline()
        self._read_sections(section_names.decode("ascii"))
        self._read_frames()
        strings = self._symbol_strings()
        names, defined, undefined = self._read_symbols(strings.decode("ascii"))
        self._read_relocations(architecture)
        self._join_frames()
        return PackedGraph(
            architecture.name, name, _packed(self._sections), _packed(self._blocks), _packed(self._symbols),
            _packed(self._edges), tuple(names), section_names, strings, self._data, tuple(defined), tuple(undefined),
        )  # fmt: skip

    def _read_outline(self) -> tuple[Architecture, bytes]:
        """The section table, and the names of sections."""
        data = self._data
        ident, kind, machine, version, at, entry_size, count, names = _HEADER.unpack_from(data)
        architecture, end = architecture_numbered(machine), at + count * _SECTION.size
        if ident != _IDENT or kind != 1 or version != 1 or entry_size != _SECTION.size or architecture is None:
            raise _Odd
        if not 0 < count <= MAX_ROWS or not 0 < at < end <= len(data) or names >= count:
            raise _Odd
        self._table = list(_SECTION.iter_unpack(data[at:end]))
        if self._table[0][1] != SHT_NULL or self._table[0][0]:
            raise _Odd
        return architecture, self._strings(names)

    def _strings(self, section: int) -> bytes:
        """A string table: of ASCII, so that every name in it can be read."""
        _, kind, _, _, offset, size, *_ = self._table[section]
        strings = self._data[offset : offset + size] if offset >= 0 and size > 0 else b""
        if kind in (SHT_NULL, SHT_NOBITS) or not strings.isascii() or strings[-1:] != b"\0" or b"@" in strings:
            raise _Odd
        return strings

    def _read_sections(self, names: str) -> None:
        """Check all of them; those that are loaded become rows, and blocks but for .eh_frame."""
        length, total, self._first = len(self._data), 0, [-1] * len(self._table)
        for number, (name, kind, flags, _, offset, size, _, _, alignment, _) in enumerate(self._table):
            if name >= len(names) or kind in _RARE:
                raise _Odd
            if kind == SHT_NULL:
                continue
            if alignment not in _ALIGNMENTS or not 0 <= size <= MAX_SECTION_SIZE:
                raise _Odd
            if kind != SHT_NOBITS:
                total += size
                if offset < 0 or offset + size > length or total > length:
                    raise _Odd
            if kind == SHT_SYMTAB:
                if self._symbol_table:
                    raise _Odd
                self._symbol_table = number
            if flags & _LOADED == SHF_ALLOC:
                self._load(number, self._table[number], names[name : names.index("\0", name)][:MAX_NAME])

    def _load(self, number: int, section: _Section, text: str) -> None:
        name, kind, flags, _, offset, size, _, _, alignment, entry_size = section
        zone, purpose, priority, merge = classify_section(text, kind, flags & PURPOSE, entry_size)
        row = len(self._sections) // len(Sections.columns)
        self._sections += (0, name, zone, purpose, priority, merge)
        if flags & _UNUSUAL or flags & _ACCESS == _ACCESS:
            raise _Odd
        if purpose == SectionKind.BOUNDED:
            self._own_names |= {START + text, STOP + text}
        if purpose == SectionKind.EH_FRAME:
            if self._frames or kind == SHT_NOBITS:
                raise _Odd
            self._frames, self._frames_row = number, row
            return
        self._first[number] = len(self._blocks) // _BLOCK
        retain = 1 if flags & SHF_GNU_RETAIN else 0
        self._blocks += (row, 0, offset, size, alignment or 1, kind == SHT_NOBITS, 0, 0, retain, 0, 1, 0, 0)

    def _read_frames(self) -> None:
        """The records of .eh_frame become blocks."""
        self._first_record = len(self._blocks) // _BLOCK
        if not self._frames:
            return
        data, start, size, at = self._data, self._table[self._frames][4], self._table[self._frames][5], 0
        numbers: dict[int, int] = {}  # of CIEs, by offset
        pointers: list[int] = []
        while at + 4 <= size:
            length = int.from_bytes(data[start + at : start + at + 4], "little")
            if length:
                if length < 4 or length > size - at - 4:
                    raise _Odd
                pointer = int.from_bytes(data[start + at + 4 : start + at + 8], "little")
                if not pointer:
                    numbers[at] = len(pointers)
                pointers.append(pointer)
                self._records.append((at, length + 4))
                role = Role.FDE if pointer else Role.CIE
                self._blocks += (self._frames_row, 0, start + at, length + 4, 1, 0, 0, role, 0, 0, 1, 0, 0)
            at += 4 + length
        if pointers:
            self._first[self._frames] = self._first_record
            self._find_cies(numbers, pointers)

    def _find_cies(self, numbers: dict[int, int], pointers: Sequence[int]) -> None:
        for (at, _), pointer in zip(self._records, pointers, strict=True):
            cie = numbers.get(at + CIE_POINTER_OFFSET - pointer) if pointer else -1
            if cie is None:
                raise _Odd
            self._cies.append(cie)

    def _symbol_strings(self) -> bytes:
        _, _, _, _, _, size, link, _, _, entry_size = self._table[self._symbol_table]
        if not self._symbol_table or entry_size != _SYMBOL.size or size % _SYMBOL.size or link >= len(self._table):
            raise _Odd
        if not 0 < size <= MAX_ROWS * _SYMBOL.size:
            raise _Odd
        return self._strings(link)

    def _read_symbols(self, text: str) -> tuple[list[str], list[DefinitionFields], list[tuple[str, bool]]]:
        """Their rows; the names that others see, what is defined for them and what is not."""
        names, defined, undefined = list[str](), list[DefinitionFields](), list[tuple[str, bool]]()
        for name, info, other, index, value, size in self._symbol_entries():
            binding, kind = _BINDINGS.get(info >> 4), info & 15
            if binding is None or kind in _RARE_KINDS or name >= len(text):
                raise _Odd
            block, place = self._place(index, binding, value, size)
            external, hidden = -1, 0 < other & 3 < 3
            if binding:
                external, called = len(names), text[name : text.index("\0", name)]
                names.append(called)
                if place == Place.UNDEFINED:
                    undefined.append((called, binding == Binding.WEAK))
                elif place != Place.DISCARDED:
                    strength: Literal["weak", "strong"] = "weak" if binding == Binding.WEAK else "strong"
                    defined.append((called, strength, hidden, kind == _FUNC, False, size))
            self._symbols += (1, name, external, block, value, size, binding, place, kind == _FUNC, hidden)
        if "" in names or SLIM_MARK in names:
            raise _Odd
        return names, defined, [reference for reference in undefined if reference[0] not in self._own_names]

    def _symbol_entries(self) -> Iterator[tuple[Any, ...]]:
        """What the table has; the first entry is of no symbol."""
        _, _, _, _, start, size, *_ = self._table[self._symbol_table]
        if self._data[start : start + _SYMBOL.size] != _NULL_SYMBOL:
            raise _Odd
        self._symbols += (1, 0, -1, -1, 0, 0, Binding.LOCAL, Place.ABSOLUTE, 0, 0)
        return _SYMBOL.iter_unpack(self._data[start + _SYMBOL.size : start + size])

    def _place(self, index: int, binding: int, value: int, size: int) -> tuple[int, int]:
        """Block and place of a symbol."""
        if index == 0:
            return -1, Place.UNDEFINED if binding else Place.DISCARDED
        if index == _ABS:
            return -1, Place.ABSOLUTE
        if index >= len(self._first):
            raise _Odd
        block = self._first[index]
        if block < 0 or index == self._frames:
            return -1, Place.DISCARDED
        if not 0 <= value <= value + size <= self._blocks[block * _BLOCK + _SIZE]:
            raise _Odd
        return block, Place.BLOCK

    def _read_relocations(self, architecture: Architecture) -> None:
        """Those of loaded sections become edges."""
        for _, kind, _, _, start, size, _, target, _, entry_size in self._table:
            if kind != SHT_RELA:
                continue
            if target >= len(self._table):
                raise _Odd
            if self._first[target] >= 0:
                if entry_size != _RELA.size or size % _RELA.size or self._table[target][1] == SHT_NOBITS:
                    raise _Odd
                self._add_edges(architecture, target, self._data[start : start + size])
            elif target == self._frames:
                raise _Odd

    def _add_edges(self, architecture: Architecture, target: int, entries: bytes) -> None:
        widths, count, room = _widths(architecture.name), len(self._symbols) // _SYMBOL_ROW, self._table[target][5]
        block, frames = self._first[target], target == self._frames
        suspects = []
        for offset, kind, symbol, addend in _RELA.iter_unpack(entries):
            width = widths.get(kind)
            if width is None or not 0 <= offset <= room - width or symbol >= count:
                raise _Odd
            if frames:
                block, offset = self._find_record(offset, width)
            if kind == architecture.pc32_kind and self._symbols[symbol * _SYMBOL_ROW + _PLACE] == Place.UNDEFINED:
                suspects.append(len(self._edges))
            self._edges += (block, offset, kind, symbol, addend)
        if suspects:
            self._find_branches(architecture, suspects)

    def _find_record(self, offset: int, width: int) -> tuple[int, int]:
        """The block of the record that a fixup is in, and its offset there."""
        row = bisect_right(self._records, (offset, MAX_BYTES)) - 1
        start, size = self._records[row]
        if row < 0 or offset - start > size - width:
            raise _Odd
        return self._first_record + row, offset - start

    def _find_branches(self, architecture: Architecture, suspects: list[int]) -> None:
        """As elf_relocations does: it is the architecture that knows its branches."""
        edges, blocks = self._edges, self._blocks
        at = [blocks[edges[place] * _BLOCK + _START] + edges[place + 1] for place in suspects]
        found = architecture.find_branches(np.frombuffer(self._data, np.uint8), np.array(at, np.int64))
        for place, is_branch in zip(suspects, found.tolist(), strict=True):
            if is_branch:
                edges[place + 2] = architecture.branch_kind

    def _join_frames(self) -> None:
        """A symbol for each CIE that has an FDE, and an edge to it from each of these."""
        symbol = len(self._symbols) // _SYMBOL_ROW
        numbers = {cie: symbol + index for index, cie in enumerate(sorted(set(self._cies) - {-1}))}
        for cie in numbers:
            row = (-1, 0, -1, self._first_record + cie, 0, self._records[cie][1], Binding.LOCAL, Place.BLOCK, 0, 0)
            self._symbols += row
        for record, cie in enumerate(self._cies):
            if cie >= 0:
                block = self._first_record + record
                self._edges += (block, CIE_POINTER_OFFSET, FRAME, numbers[cie], 0)


def _packed(rows: list[int]) -> bytes:
    return array("q", rows).tobytes()


@lru_cache
def _widths(architecture: str) -> dict[int, int]:
    """Of the fields of relocations that need nothing special, by type."""
    found = architecture_named(architecture)
    return {number: kind.width for number, kind in found.by_number.items() if number < INTERNAL}
