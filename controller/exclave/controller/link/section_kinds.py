"""What a section is for: from its type, flags and name.

Owns: the names that mean something to a linker, and how priorities are written in them. Must not know: layout.
Invariant: names are compared as words of 4 bytes for all sections at once; only the few special ones become text.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TypeVar

import numpy as np

from ..errors import LinkError
from .arrays import Flags, Ints, any_of, rows_of, window
from .elf_file import (
    SHF_EXECINSTR,
    SHF_MERGE,
    SHF_STRINGS,
    SHF_WRITE,
    SHT_FINI_ARRAY,
    SHT_INIT_ARRAY,
    SHT_PREINIT_ARRAY,
    SHT_X86_64_UNWIND,
    ElfFile,
)
from .graph import ZONES, SectionKind, Sections

_CODE, _READONLY, _DATA = (ZONES.index(zone) for zone in ("code", "readonly", "data"))
_PREFIXES = {
    ".init_array": SectionKind.INIT_ARRAY,
    ".fini_array": SectionKind.FINI_ARRAY,
    ".ctors": SectionKind.CTORS,
    ".dtors": SectionKind.DTORS,
}
_HEADS = tuple(int.from_bytes(head, "little") for head in (b".ini", b".fin", b".cto", b".dto", b".eh_"))
_RELRO_NAME = ".data.rel.ro"
_RELRO = np.frombuffer(_RELRO_NAME.encode(), "<u4").astype(np.int64)
_TYPES = {
    SHT_INIT_ARRAY: SectionKind.INIT_ARRAY,
    SHT_PREINIT_ARRAY: SectionKind.INIT_ARRAY,
    SHT_FINI_ARRAY: SectionKind.FINI_ARRAY,
    SHT_X86_64_UNWIND: SectionKind.EH_FRAME,
}
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
PURPOSE = SHF_WRITE | SHF_EXECINSTR | SHF_MERGE | SHF_STRINGS
"""The flags that say what a section is for."""
_MOST_PIECE = 256
Number = TypeVar("Number", int, Ints)
_PLAIN_PRIORITY = 65536  # after all numbered ones; 0..65535 can be written


def classify_sections(elf: ElfFile, rows: Ints) -> Sections:
    """The table of these sections.

    Raises:
        LinkError: a section that is writable and executable.
    """
    flags, name_offset = elf.flags[rows], elf.name_offset[rows]
    writable, executable = flags & SHF_WRITE != 0, flags & SHF_EXECINSTR != 0
    _refuse_writable_code(elf, rows, writable & executable)
    sections = Sections.of(len(rows), name=name_offset, zone=_READONLY)
    sections.zone[writable] = _DATA
    sections.zone[executable] = _CODE
    # Relocated before it is shipped, then never written.
    words = window(memoryview(bytes(elf.section_names.data) + bytes(12)), "<u4")
    heads = words[name_offset]
    sections.zone[writable & _begins_relro(words, heads, name_offset)] = _READONLY
    sections.merge = _piece_of(flags, elf.entry_size[rows])
    for row in _worth_a_look(elf.type[rows], heads).tolist():
        _classify(elf, sections, row, int(elf.type[rows[row]]))
    return sections


def _piece_of(flags: Number, size: Number) -> Number:
    """`Sections.merge` of one section or of many; what nobody can merge, or is of an absurd size, is 0."""
    may = (flags & (SHF_MERGE | SHF_WRITE | SHF_EXECINSTR) == SHF_MERGE) & (size > 0) & (size <= _MOST_PIECE)
    piece: Number = size * may * (1 - 2 * (flags & SHF_STRINGS != 0))
    return piece


def _refuse_writable_code(elf: ElfFile, rows: Ints, both: Flags) -> None:
    if any_of(both):
        label = elf.label(int(rows[np.argmax(both)]))
        raise LinkError(
            f"{elf.name}: {label} is writable and executable; no page of an executor ever is: "
            "split it into code and data"
        )


def _begins_relro(words: Ints, heads: Ints, name_offset: Ints) -> Flags:
    """Which names begin with .data.rel.ro. `words`: 4 bytes at every offset of the names; `heads`: each name's."""
    found: Flags = heads == _RELRO[0]
    if any_of(found):
        found &= (words[name_offset + 4] == _RELRO[1]) & (words[name_offset + 8] == _RELRO[2])
    return found


def _worth_a_look(kind: Ints, heads: Ints) -> Ints:
    """The sections whose names or types may mean something: all of these, and few others."""
    first = heads & 0xFF
    special = ((first | 0x20) - ord("a") < 26) | (first == ord("_"))  # unsigned: what is below "a" is large
    for head in _HEADS:
        special |= heads == head
    special |= (kind >= SHT_INIT_ARRAY) & (kind <= SHT_PREINIT_ARRAY)
    special |= kind == SHT_X86_64_UNWIND
    return rows_of(special)


def _classify(elf: ElfFile, sections: Sections, row: int, section_type: int) -> None:
    name = elf.section_names.at(int(sections.name[row]))
    kind, priority = _kind_and_priority(name, section_type)
    sections.kind[row], sections.priority[row] = kind, priority
    if _is_constant(kind) and sections.zone[row] == _DATA:
        sections.zone[row] = _READONLY


@lru_cache(maxsize=4096)
def classify_section(name: str, section_type: int, flags: int, entry_size: int) -> tuple[int, int, int, int]:
    """Zone, kind, priority and `Sections.merge` of one section; `flags`: those of its own in PURPOSE."""
    kind, priority = _kind_and_priority(name, section_type)
    zone = _DATA
    if flags & SHF_EXECINSTR:
        zone = _CODE
    elif not flags & SHF_WRITE or name.startswith(_RELRO_NAME) or _is_constant(kind):
        zone = _READONLY
    return zone, kind, priority, _piece_of(flags, entry_size)


def _is_constant(kind: int) -> bool:
    """Whether nobody writes to sections of a kind once they are relocated."""
    return kind not in (SectionKind.NORMAL, SectionKind.BOUNDED)


@lru_cache(maxsize=1024)
def _kind_and_priority(name: str, section_type: int) -> tuple[int, int]:
    kind = _TYPES.get(section_type, SectionKind.NORMAL)
    for prefix, its_kind in _PREFIXES.items():
        if name == prefix or name.startswith(prefix + "."):
            kind = its_kind
    if name == ".eh_frame":
        kind = SectionKind.EH_FRAME
    elif kind == SectionKind.NORMAL and _IDENTIFIER.match(name):
        kind = SectionKind.BOUNDED
    is_table = SectionKind.INIT_ARRAY <= kind <= SectionKind.DTORS
    return kind, _priority(name, kind, section_type) if is_table else 0


def _priority(name: str, kind: int, section_type: int) -> int:
    """The place in the array: by rising number. Plain .ctors and .dtors come first, as they run the other way."""
    suffix = name.rpartition(".")[2]
    if suffix.isascii() and suffix.isdigit() and len(suffix) <= 5:
        return int(suffix)
    if section_type == SHT_PREINIT_ARRAY or kind in (SectionKind.CTORS, SectionKind.DTORS):
        return -1
    return _PLAIN_PRIORITY
