"""The symbol table of an ELF object.

Owns: bindings, visibilities, section indexes, and their checks. Must not know: other objects.
Invariant: rows are the file's rows, so that a relocation's symbol number is a row; a symbol that is in a block
lies inside it. (ELF gABI, "Symbol Table")
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from ..errors import LinkError
from .arrays import Flags, Ints, any_of, largest, rows_of
from .elf_file import MAX_ALIGNMENT, MAX_SECTION_SIZE, NO_TLS, SHT_NOBITS, SHT_NULL, SHT_SYMTAB_SHNDX, ElfFile
from .graph import Binding, Blocks, Place, Sections, Symbols
from .linker_sections import COMMON_SECTION, linker_section
from .strings import StringTable

_SYMBOL = np.dtype(
    [("name", "<u4"), ("info", "u1"), ("other", "u1"), ("section", "<u2"), ("value", "<i8"), ("size", "<i8")]
)
_STB_LOCAL, _STB_GLOBAL, _STB_WEAK, _STB_GNU_UNIQUE = 0, 1, 2, 10
_STT_FUNC, _STT_SECTION, _STT_FILE, _STT_TLS, _STT_GNU_IFUNC = 2, 3, 4, 6, 10
_STV_INTERNAL, _STV_HIDDEN = 1, 2
_SHN_UNDEF, _SHN_LORESERVE, _SHN_X86_64_LCOMMON = 0, 0xFF00, 0xFF02
SLIM_MARK = "__gnu_lto_slim"
_SHN_ABS, _SHN_COMMON, _SHN_XINDEX = 0xFFF1, 0xFFF2, 0xFFFF

# Indexed by the file's binding; a unique symbol is one that the dynamic linker keeps one of: weak, for us.
_BINDING = np.full(16, -1, np.int64)
_BINDING[[_STB_LOCAL, _STB_GLOBAL, _STB_WEAK, _STB_GNU_UNIQUE]] = (
    Binding.LOCAL, Binding.STRONG, Binding.WEAK, Binding.WEAK,
)  # fmt: skip


@dataclass
class SymbolTable:
    """The symbols of an object; `signatures` are the names of its COMDAT groups, `indirect` the rows of its IFUNCs."""

    table: Symbols
    names: list[str]
    signatures: list[str]
    strings: StringTable
    indirect: Ints = field(default_factory=lambda: np.empty(0, np.int64))


def read_symbols(
    elf: ElfFile,
    section: int,
    block_of_section: Ints,
    frames: list[int],
    blocks: Blocks,
    sections: Sections,
    signatures: Ints,
) -> SymbolTable:
    """The symbols of section number `section` (0: there are none). Common symbols become blocks: `blocks` grows.

    `frames` are sections that became several blocks: no symbol has a place in them.

    Raises:
        ObjectFormatError: damaged. LinkError: thread-local or IFUNC symbols.
    """
    raw, strings = _read_table(elf, section)
    info, other = raw["info"], raw["other"] & 3
    kind, index = info & 15, raw["section"]
    table = Symbols.of(
        len(raw), 64, strings=1, name=raw["name"], external=-1, offset=raw["value"], size=raw["size"],
        binding=_BINDING[info >> 4], callable=kind == _STT_FUNC,
        hidden=(other == _STV_HIDDEN) | (other == _STV_INTERNAL),
    )  # fmt: skip
    _check_kinds(elf, table, kind, strings)
    number = _section_numbers(elf, section, index)
    _place(table, number, block_of_section, frames)
    _place_commons(elf, table, index, blocks, sections)
    _check_bounds(elf, table, blocks, strings)
    found = _name(elf, table, strings, signatures)
    _name_section_groups(elf, found.signatures, signatures, kind, number)
    if "" in found.signatures:
        raise LinkError(f"{elf.name}: a COMDAT group without a name; compile with a newer compiler")
    _refuse_slim(elf, found.names)
    if largest(kind) >= _STT_GNU_IFUNC:
        found.indirect = rows_of((kind == _STT_GNU_IFUNC) & (table.place == Place.BLOCK))
    return found


def read_defined_names(elf: ElfFile, section: int) -> list[tuple[str, bool]]:
    """The names that a symbol table defines for others, and whether it does so weakly; nothing else is looked at.

    Raises:
        ObjectFormatError: damaged.
    """
    raw, strings = _read_table(elf, section)
    binding = _BINDING[raw["info"] >> 4]
    rows = rows_of((binding > Binding.LOCAL) & (raw["section"] != _SHN_UNDEF))
    weak = (binding[rows] == Binding.WEAK) | (raw["section"][rows] == _SHN_COMMON)
    names = strings.names(raw["name"][rows])
    if strings.has(b"@"):
        names = without_versions(names, np.ones(len(rows), np.bool_))
    return list(zip(names, weak.tolist(), strict=True))


def without_versions(names: list[str], defined: Flags) -> list[str]:
    """`f@@V`, a default version, is `f`; so is `f@V` where it is referred to: versions are for shared libraries, which
    may have several; here every name has one meaning. A definition of another version, `f@V`, keeps that name, which
    nothing refers to.
    """
    plain = [name.partition("@")[0] for name in names]
    keep = [is_defined and "@" in name and "@@" not in name for name, is_defined in zip(names, defined, strict=True)]
    return [name if kept else short for name, short, kept in zip(names, plain, keep, strict=True)]


def _read_table(elf: ElfFile, section: int) -> tuple[npt.NDArray[Any], StringTable]:
    if not section:
        return np.zeros(1, _SYMBOL), StringTable(b"", elf.name)
    size = int(elf.size[section])
    if elf.entry_size[section] != _SYMBOL.itemsize or size % _SYMBOL.itemsize or not size:
        elf.fail(f"{elf.label(section)}: {size} bytes in entries of {elf.entry_size[section]}; ELF64 symbols have 24")
    link = int(elf.link[section])
    if link >= len(elf.size) or elf.type[link] in (SHT_NULL, SHT_NOBITS):
        elf.fail(f"{elf.label(section)}: its names are in section {link}, which has none")
    raw = np.frombuffer(elf.content(section), _SYMBOL)
    return raw, StringTable(elf.content(link), elf.name)


# Section numbers that are none.
_UNDEFINED, _ABSOLUTE, _COMMON = -1, -2, -3


def _section_numbers(elf: ElfFile, table: int, index: Ints) -> Ints:
    """Each symbol's section number, or one of the above."""
    number: Ints = index.astype(np.int64)
    if largest(index) >= _SHN_LORESERVE:
        number[index == _SHN_ABS] = _ABSOLUTE
        number[(index == _SHN_COMMON) | (index == _SHN_X86_64_LCOMMON)] = _COMMON
        far = index == _SHN_XINDEX
        if any_of((number >= _SHN_LORESERVE) & ~far):
            elf.fail(f"a symbol has the reserved section index {largest(number):#x}")
        if any_of(far):
            number[far] = _far_numbers(elf, table, len(index))[far]
    number[index == _SHN_UNDEF] = _UNDEFINED
    if largest(number) >= len(elf.size):
        elf.fail(f"a symbol is in section {largest(number)}, of {len(elf.size)}")
    return number


def _far_numbers(elf: ElfFile, table: int, count: int) -> Ints:
    """The section numbers that do not fit 16 bits."""
    found = np.flatnonzero((elf.type == SHT_SYMTAB_SHNDX) & (elf.link == table))
    if len(found) != 1 or elf.size[found[0]] != 4 * count:
        elf.fail("its symbols' section numbers are in a table that is not there or too short")
    return np.frombuffer(elf.content(int(found[0])), "<u4").astype(np.int64)


def _check_kinds(elf: ElfFile, table: Symbols, kind: Ints, strings: StringTable) -> None:
    if any_of(table.binding < 0):
        elf.fail(f"symbol {int(np.argmin(table.binding))} has a binding that ELF does not have")
    if largest(kind) < _STT_TLS:
        return
    odd = kind == _STT_TLS
    if any_of(odd):
        _refuse_kind(elf, strings.at(int(table.name[np.argmax(odd)])))


def _refuse_kind(elf: ElfFile, name: str) -> NoReturn:
    raise LinkError(f"{elf.name}: {name} is a thread-local variable. {NO_TLS}")


def _place(table: Symbols, number: Ints, block_of_section: Ints, frames: list[int]) -> None:
    """Set block and place by section number."""
    block = block_of_section[np.maximum(number, 0)]
    if frames:
        in_frames = np.isin(number, frames) if len(frames) > 1 else number == frames[0]
        block[in_frames] = -1  # they move, so no symbol has a place in them
    table.block = block
    place = np.where(block >= 0, Place.BLOCK, Place.DISCARDED)
    place[(number == _UNDEFINED) & (table.binding != Binding.LOCAL)] = Place.UNDEFINED
    place[number == _ABSOLUTE] = Place.ABSOLUTE
    table.place = place
    table.place[0], table.offset[0], table.binding[0] = Place.ABSOLUTE, 0, Binding.LOCAL


def _place_commons(elf: ElfFile, table: Symbols, index: Ints, blocks: Blocks, sections: Sections) -> None:
    """Make a zero-fill block of each common symbol (its value is its alignment)."""
    if largest(index) < _SHN_X86_64_LCOMMON:
        return
    rows = rows_of((index == _SHN_COMMON) | (index == _SHN_X86_64_LCOMMON))
    if not len(rows):
        return
    alignment, size = np.maximum(table.offset[rows], 1), table.size[rows]
    odd = (alignment & (alignment - 1) != 0) | (alignment > MAX_ALIGNMENT) | (size < 0) | (size > MAX_SECTION_SIZE)
    if any_of(odd):
        elf.fail("a common symbol's size or alignment is absurd; the file is damaged")
    sections.extend(linker_section(COMMON_SECTION, "data", strings=2))
    table.block[rows] = len(blocks) + np.arange(len(rows))
    table.place[rows], table.offset[rows] = Place.BLOCK, 0
    table.binding[rows] = np.where(table.binding[rows] == Binding.LOCAL, Binding.LOCAL, Binding.COMMON)
    section = len(sections) - 1
    blocks.extend(Blocks.of(len(rows), section=section, size=size, alignment=alignment, zero_fill=1, live=1))


def _check_bounds(elf: ElfFile, table: Symbols, blocks: Blocks, strings: StringTable) -> None:
    if not len(blocks):
        return
    room, offset, size = blocks.size[table.block], table.offset, table.size
    wrong = (table.block >= 0) & ((offset < 0) | (size < 0) | (offset > room) | (size > room - offset))
    if any_of(wrong):
        row = int(np.argmax(wrong))
        name = strings.at(int(table.name[row]))
        elf.fail(
            f"symbol {row} ({name}) at {int(offset[row]) % 2**64:#x} with {int(size[row]) % 2**64} bytes "
            f"leaves its section of {int(room[row])} bytes"
        )


def _name(elf: ElfFile, table: Symbols, strings: StringTable, signatures: Ints) -> SymbolTable:
    """Read the names of the symbols that others may see, and of the groups."""
    rows = rows_of(table.binding != Binding.LOCAL)
    strings.check(table.name)
    if largest(signatures) >= len(table):
        elf.fail(f"a section group's signature is symbol {largest(signatures)}, of {len(table)}")
    names = strings.names(table.name[np.concatenate((rows, signatures)) if len(signatures) else rows])
    if strings.has(b"@"):
        names[: len(rows)] = without_versions(names[: len(rows)], table.place[rows] != Place.UNDEFINED)
    if "" in names[: len(rows)]:
        elf.fail("a symbol that is not local has no name")
    table.external[rows] = np.arange(len(rows))
    found = names[len(rows) :]
    return SymbolTable(table, names[: len(rows)], found, strings)


def _name_section_groups(elf: ElfFile, names: list[str], signatures: Ints, kind: Ints, number: Ints) -> None:
    """A group whose signature is a section's symbol is called as the section (SystemTap's probes are)."""
    rows = rows_of(kind[signatures] == _STT_SECTION)
    if not len(rows):
        return
    sections = number[signatures[rows]]
    if any_of(sections < 0):
        elf.fail("a section group's signature is the symbol of no section")
    for row, name in zip(rows.tolist(), elf.section_names.names(elf.name_offset[sections]), strict=True):
        names[row] = name


def _refuse_slim(elf: ElfFile, names: list[str]) -> None:
    """GCC marks objects that hold its own intermediate code and nothing else."""
    if SLIM_MARK in names:
        raise LinkError(
            f"{elf.name}: it has GCC's intermediate code for link-time optimization instead of machine code: "
            "compile without -flto (or with -ffat-lto-objects)"
        )
