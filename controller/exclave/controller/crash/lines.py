"""Source lines of code in an object file, by its debug information.

Owns: reading .debug_line of a relocatable object. Must not know: where the object's code was put. Invariant: an object
is data from anywhere: whatever is wrong with its debug information, there is no line, and no error.

In a relocatable object all sections begin at 0. A copy of it is read in which every symbol of a section with code is
moved to the section's offset in the file, so that DWARF's addresses are offsets in the file. (DWARF 5, section 6.2)
"""

from __future__ import annotations

import contextlib
import io
import struct
from bisect import bisect_right
from typing import Any, NamedTuple

_SHF_EXECINSTR = 4
_SYMBOL_SIZE, _VALUE_AT, _SECTION_AT = 24, 8, 6


class SourceLine(NamedTuple):
    """A place in a source file; `file` as the compiler wrote it."""

    file: str
    line: int


class LineTable:
    """The lines of one object file."""

    def __init__(self, content: bytes) -> None:
        self._starts: list[int] = []
        self._lines: list[SourceLine | None] = []
        with contextlib.suppress(Exception):  # see the invariant
            self._take(sorted(_rows(content), key=lambda row: (row[0], row[1] is not None)))

    def _take(self, rows: list[tuple[int, SourceLine | None]]) -> None:
        self._starts, self._lines = [row[0] for row in rows], [row[1] for row in rows]

    def at(self, offset: int) -> SourceLine | None:
        """The line of the code at an offset in the file."""
        index = bisect_right(self._starts, offset) - 1
        return self._lines[index] if index >= 0 else None


def _rows(content: bytes) -> list[tuple[int, SourceLine | None]]:
    """Where each line begins; None where a sequence ends."""
    from elftools.elf.elffile import ELFFile  # late: only a crash needs it

    elf: Any = ELFFile(io.BytesIO(_with_addresses(content)))
    if not elf.has_dwarf_info():
        return []
    dwarf = elf.get_dwarf_info()
    return [row for unit in dwarf.iter_CUs() for row in _unit_rows(dwarf, unit)]


def _unit_rows(dwarf: Any, unit: Any) -> list[tuple[int, SourceLine | None]]:
    program = dwarf.line_program_for_CU(unit)
    if program is None:
        return []
    names = _file_names(program, unit.get_top_DIE())
    states = [entry.state for entry in program.get_entries() if entry.state is not None]
    return [(s.address, None if s.end_sequence else SourceLine(names.get(s.file, "?"), s.line)) for s in states]


def _file_names(program: Any, top: Any) -> dict[int, str]:
    """By the number in the program: from 0 on since DWARF 5, from 1 on before."""
    entries = [entry.name.decode(errors="replace") for entry in program.header["file_entry"]]
    first = 0 if program.header["version"] >= 5 else 1
    names = dict(enumerate(entries, first))
    if first == 1 and "DW_AT_name" in top.attributes:
        names.setdefault(0, top.attributes["DW_AT_name"].value.decode(errors="replace"))
    return names


def _with_addresses(content: bytes) -> bytes:
    """The copy with moved symbols."""
    from elftools.elf.elffile import ELFFile

    elf: Any = ELFFile(io.BytesIO(content))
    moved = bytearray(content)
    sections = list(elf.iter_sections())
    for table in (section for section in sections if section["sh_type"] == "SHT_SYMTAB"):
        for at in range(table["sh_offset"], table["sh_offset"] + table["sh_size"], _SYMBOL_SIZE):
            (index,) = struct.unpack_from("<H", moved, at + _SECTION_AT)
            if 0 < index < len(sections) and sections[index]["sh_flags"] & _SHF_EXECINSTR:
                (value,) = struct.unpack_from("<Q", moved, at + _VALUE_AT)
                struct.pack_into("<Q", moved, at + _VALUE_AT, value + sections[index]["sh_offset"])
    return bytes(moved)
