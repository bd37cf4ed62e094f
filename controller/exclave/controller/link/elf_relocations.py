"""Relocations of an ELF object become edges.

Owns: which relocation sections count, and the checks of their entries. Must not know: values, addresses.
Invariant: every edge's fixup lies inside its block, which has content; its symbol is a row of the symbol table; its
kind is a row of the architecture's table. (ELF gABI, "Relocation")
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import LinkError, UnsupportedRelocationError
from .architecture import INTERNAL, KIND_LIMIT, Architecture
from .arrays import Ints, any_of, largest, rows_of
from .elf_file import NO_TLS, SHT_NOBITS, SHT_REL, SHT_RELA, ElfFile
from .graph import Blocks, Edges, Place, Symbols

if TYPE_CHECKING:
    from .elf import BlockMap

_RELA = np.dtype([("offset", "<i8"), ("type", "<u4"), ("symbol", "<u4"), ("addend", "<i8")])


@dataclass
class Relocations:
    """The relocations of loaded sections, as the file has them, one row each; `section` is the one they change."""

    raw: npt.NDArray[Any]
    section: Ints
    offset: Ints


def read_relocations(elf: ElfFile, loaded: Ints) -> Relocations:
    """All of them, in the order of the file's sections.

    Raises:
        ObjectFormatError: damaged.
    """
    rows = _relocation_sections(elf, loaded)
    counts = elf.size[rows] // _RELA.itemsize
    raw = elf.records(elf.offset[rows], counts, _RELA)
    return Relocations(raw, elf.info[rows].astype(np.int64).repeat(counts), raw["offset"])


def make_edges(
    elf: ElfFile,
    architecture: Architecture,
    relocations: Relocations,
    where: BlockMap,
    blocks: Blocks,
    symbols: Symbols,
) -> Edges:
    """The edges that relocations are.

    Raises:
        ObjectFormatError: damaged. UnsupportedRelocationError: unknown types. LinkError: thread-local ones.
    """
    raw, section = relocations.raw, relocations.section
    if not len(raw):
        return Edges.of(0)
    kind, first = raw["type"], where.first[section]
    skip = _check_kinds(elf, architecture, kind) or any_of(first < 0)
    if architecture.relaxable:
        kind = architecture.relaxable(kind, raw["offset"], elf.target_flags)
    if skip:  # what does nothing, or is in an .eh_frame without a record
        keep = ~np.isin(kind, [*architecture.ignored_kinds]) & (first >= 0)
        raw, kind, section = raw[keep], kind[keep], section[keep]
    room = len(where.records)  # each may get an edge to its CIE
    edges = Edges.of(len(raw), room, offset=raw["offset"], kind=kind, symbol=raw["symbol"], addend=raw["addend"])
    _check_offsets(elf, architecture, section, edges)
    edges.block[:], edges.offset[:] = where.place(section, edges.offset)
    if where.frames:
        _check_records(elf, architecture, edges, blocks, where.first_record)
    if largest(edges.symbol) >= len(symbols):
        elf.fail(f"a relocation of symbol {largest(edges.symbol)}, of {len(symbols)}")
    _find_branches(elf, architecture, edges, blocks, symbols)
    return edges


def _relocation_sections(elf: ElfFile, loaded: Ints) -> Ints:
    """The relocation sections of loaded sections."""
    rows = rows_of((elf.type == SHT_RELA) | (elf.type == SHT_REL))
    info = elf.info[rows]
    if largest(info) >= len(elf.size):
        elf.fail(f"relocations for section {largest(info)}, of {len(elf.size)}")
    is_loaded = np.zeros(len(elf.size), np.bool_)
    is_loaded[loaded] = True
    rows = rows[is_loaded[info]]
    if any_of(elf.type[rows] == SHT_REL):
        elf.fail("relocations without addends (SHT_REL), which 64-bit architectures do not use")
    if any_of((elf.entry_size[rows] != _RELA.itemsize) | (elf.size[rows] % _RELA.itemsize != 0)):
        elf.fail(f"a relocation section whose entries do not have {_RELA.itemsize} bytes")
    return rows


def _check_kinds(elf: ElfFile, architecture: Architecture, kind: npt.NDArray[Any]) -> bool:
    """Refuse what the table does not have; says whether there are relocations that do nothing."""
    if largest(kind) < INTERNAL:
        counts = np.bincount(kind, minlength=KIND_LIMIT)
        if not any_of((counts != 0) & ~architecture.known):
            return False
    numbers, counts = np.unique(kind, return_counts=True)
    found = dict(zip(numbers.tolist(), counts.tolist(), strict=True))
    nothing = [found.pop(kind) for kind in architecture.ignored_kinds & found.keys()]
    _refuse_kinds(elf, architecture, found)
    return bool(nothing)


def _refuse_kinds(elf: ElfFile, architecture: Architecture, found: dict[int, int]) -> None:
    """`found`: relocation types with how often they occur."""
    thread_local = sorted(architecture.thread_local_kinds & found.keys())
    if thread_local:
        names = ", ".join(architecture.kind_name(number) for number in thread_local)
        raise LinkError(f"{elf.name}: thread-local relocations ({names}). {NO_TLS}")
    unknown = {n: c for n, c in found.items() if n >= INTERNAL or not architecture.known[n]}
    if unknown:
        types = {architecture.kind_name(number): count for number, count in unknown.items()}
        text = ", ".join(f"{name} ({count}x)" for name, count in types.items())
        raise UnsupportedRelocationError(
            f"{elf.name}: relocation types that this linker does not have for {architecture.name}: {text}; "
            "compile with -fPIC and without unusual code models, or report it with the object",
            object_name=elf.name,
            types=types,
        )


def _check_offsets(elf: ElfFile, architecture: Architecture, section: Ints, edges: Edges) -> None:
    """Every fixup lies inside its section."""
    offset = edges.offset
    room = elf.size[section] - architecture.width[edges.kind]
    wrong = (offset < 0) | (offset > room) | (elf.type[section] == SHT_NOBITS)
    if any_of(wrong):
        row = int(np.argmax(wrong))
        where = f"{architecture.kind_name(int(edges.kind[row]))} at {int(offset[row]) % 2**64:#x}"
        size = int(elf.size[section[row]])
        elf.fail(f"{where} lies outside the content of {elf.label(int(section[row]))}, {size} bytes")


def _check_records(elf: ElfFile, architecture: Architecture, edges: Edges, blocks: Blocks, first_record: int) -> None:
    """Every fixup in a section of frames lies inside one record."""
    rows = rows_of(edges.block >= first_record)
    block = edges.block[rows]
    offset = edges.offset[rows]  # negative before the first record, behind a terminator
    outside = (offset < 0) | (offset > blocks.size[block] - architecture.width[edges.kind[rows]])
    if any_of(outside):
        row = int(rows[np.argmax(outside)])
        kind = architecture.kind_name(int(edges.kind[row]))
        elf.fail(f"{kind} crosses the end of an .eh_frame record ({int(blocks.size[edges.block[row]])} bytes)")


def _find_branches(elf: ElfFile, architecture: Architecture, edges: Edges, blocks: Blocks, symbols: Symbols) -> None:
    """Give branches to undefined symbols the branch kind, where the assembler wrote a plain PC-relative one."""
    pc32 = rows_of(edges.kind == architecture.pc32_kind)
    rows = pc32[symbols.place[edges.symbol[pc32]] == Place.UNDEFINED]
    if len(rows):
        at = blocks.start[edges.block[rows]] + edges.offset[rows]
        branch = architecture.find_branches(elf.bytes, at)
        edges.kind[rows[branch]] = architecture.branch_kind
