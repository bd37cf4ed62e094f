"""ELF64 relocatable objects become LinkGraphs.

Owns: symbols, relocations, groups and the rule that makes blocks of sections. Must not know: other objects, where
things will lie. Invariant: for any bytes whatever, either a LinkGraph whose every index is in range comes out, or a
LinkError; in time and memory linear in the file's size.
(ELF gABI, "Symbol Table", "Relocation", "Section Groups"; JITLink's ELFLinkGraphBuilder)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import LinkError
from .architecture import FRAME, LINK_ORDER
from .architectures import architecture_of_machine
from .arrays import Ints, any_of, distinct, largest, rows_of, starts_of
from .elf_file import (
    NO_TLS,
    SHF_ALLOC,
    SHF_COMPRESSED,
    SHF_EXCLUDE,
    SHF_GNU_RETAIN,
    SHF_LINK_ORDER,
    SHF_TLS,
    SHT_GROUP,
    SHT_NOBITS,
    SHT_NULL,
    SHT_SYMTAB,
    ElfFile,
    read_elf,
)
from .elf_relocations import Relocations, make_edges, read_relocations
from .elf_symbols import read_symbols
from .frames import CIE_POINTER_OFFSET, Records, split_frames
from .graph import Blocks, Edges, LinkGraph, SectionKind, Sections, make_symbols
from .indirect import add_indirect
from .linker_sections import LINKER_STRINGS
from .section_kinds import classify_sections

GRP_COMDAT = 1


@dataclass
class BlockMap:
    """Which block a section became.

    first: by section number, -1 if it is not loaded. frames: the sections that became one block per record; their
    records lie on one line, `line` is where a section begins on it, `records` where the records do.
    """

    first: Ints
    frames: list[int]
    line: dict[int, int]
    records: Ints
    first_record: int

    def place(self, section: Ints, offset: Ints) -> tuple[Ints, Ints]:
        """Block and offset in it, for offsets in sections that are loaded."""
        block, inside = self.first[section], offset
        for number in self.frames:
            rows = rows_of(section == number)
            at = offset[rows] + self.line[number]
            record = np.maximum(self.records.searchsorted(at, side="right") - 1, 0)
            block[rows] = self.first_record + record
            inside[rows] = at - self.records[record]
        return block, inside


def parse_object(data: bytes | memoryview, name: str) -> LinkGraph:
    """The LinkGraph of a relocatable object; the graph keeps `data`.

    Raises:
        ObjectFormatError: not a relocatable ELF64 object of a known architecture, or damaged.
        UnsupportedRelocationError: relocation types that the architecture's table does not have.
        LinkError: something that is not supported: thread-local storage, writable code.
    """
    elf = read_elf(data, name)
    architecture = architecture_of_machine(elf)
    loaded = _loaded_sections(elf)
    sections = classify_sections(elf, loaded)
    symbol_section = find_symbol_table(elf)
    comdat, signature_symbols = _read_groups(elf, symbol_section)
    relocations = read_relocations(elf, loaded)
    blocks, where, cie = _make_blocks(elf, sections, loaded, comdat, relocations)
    symbols = read_symbols(elf, symbol_section, where.first, where.frames, blocks, sections, signature_symbols)
    edges = make_edges(elf, architecture, relocations, where, blocks, symbols.table)
    graph = LinkGraph(
        architecture=architecture.name, objects=[name], sections=sections, blocks=blocks, symbols=symbols.table,
        edges=edges, names=symbols.names, comdats=symbols.signatures,
        strings=[elf.section_names, symbols.strings, LINKER_STRINGS], buffers=[elf.raw],
    )  # fmt: skip
    _add_frame_edges(graph, cie, where.first_record)
    if len(symbols.indirect):
        add_indirect(graph, architecture, symbols.indirect)
    _link_in_order(elf, graph, loaded, where)
    return graph


def _loaded_sections(elf: ElfFile) -> Ints:
    """The numbers of the sections that are loaded; debug information and the like is not."""
    loaded = (elf.flags & (SHF_ALLOC | SHF_EXCLUDE) == SHF_ALLOC) & (elf.type != SHT_NULL)
    odd = loaded & (elf.flags & (SHF_TLS | SHF_COMPRESSED) != 0)
    if any_of(odd):
        _refuse_section(elf, int(np.argmax(odd)))
    return rows_of(loaded)


def _refuse_section(elf: ElfFile, section: int) -> None:
    if elf.flags[section] & SHF_TLS:
        raise LinkError(f"{elf.name}: {elf.label(section)} is thread-local storage. {NO_TLS}")
    elf.fail(f"{elf.label(section)} is loaded and compressed, which nothing can run")


def find_symbol_table(elf: ElfFile) -> int:
    """The number of the symbol table's section; 0 if there is none."""
    tables = rows_of(elf.type == SHT_SYMTAB)
    if len(tables) > 1:
        elf.fail(f"{len(tables)} symbol tables; an object has one")
    return int(tables[0]) if len(tables) else 0


def _read_groups(elf: ElfFile, symbol_section: int) -> tuple[Ints | None, Ints]:
    """For each section 1 + the number of its COMDAT group, or 0; and each group's signature symbol."""
    groups = rows_of(elf.type == SHT_GROUP)
    if not len(groups):
        return None, groups
    size = elf.size[groups]
    if any_of((size < 4) | (size % 4 != 0)):
        elf.fail("a section group's size is not a positive multiple of 4")
    if not symbol_section or any_of(elf.link[groups] != symbol_section):
        elf.fail("a section group's signature is in no symbol table")
    counts = size // 4
    words = elf.records(elf.offset[groups], counts, "<u4").astype(np.int64)
    heads = starts_of(counts)
    is_comdat = words[heads] & GRP_COMDAT != 0
    words[heads] = 0  # the flags; section 0 is in no group
    if largest(words) >= len(elf.size):
        elf.fail(f"a section group has section {largest(words)}, of {len(elf.size)}")
    comdat = np.zeros(len(elf.size), np.int64)
    comdat[words] = np.repeat(np.where(is_comdat, is_comdat.cumsum(), 0), counts)
    comdat[0] = 0
    return comdat, elf.info[groups[is_comdat]].astype(np.int64)


def _make_blocks(
    elf: ElfFile, sections: Sections, loaded: Ints, comdat: Ints | None, relocations: Relocations
) -> tuple[Blocks, BlockMap, Ints]:
    """One block per loaded section, and one per record of .eh_frame; and the CIE of each of the latter, or -1."""
    is_frames = sections.kind == SectionKind.EH_FRAME
    plain = rows_of(~is_frames)
    rows = loaded[plain]
    first = np.full(len(elf.size), -1, np.int64)
    first[rows] = np.arange(len(rows))
    blocks = Blocks.of(
        len(rows), section=plain, start=elf.offset[rows], size=elf.size[rows], live=1,
        alignment=np.maximum(elf.alignment[rows], 1), zero_fill=elf.type[rows] == SHT_NOBITS,
        retain=elf.flags[rows] & SHF_GNU_RETAIN != 0,
    )  # fmt: skip
    if comdat is not None:
        blocks.comdat = comdat[rows]
    where = BlockMap(first, [], {}, rows[:0], len(rows))
    cie = _split_frame_sections(elf, loaded, rows_of(is_frames), blocks, where, relocations)
    return blocks, where, cie


def _split_frame_sections(
    elf: ElfFile, loaded: Ints, which: Ints, blocks: Blocks, where: BlockMap, relocations: Relocations
) -> Ints:
    """Append the records of all .eh_frame sections as blocks; assemblers make one section, `ld -r` too."""
    line, count = 0, 0
    parts: list[Blocks] = []
    starts, cies = [where.records], [where.records]
    for row in which.tolist():
        section = int(loaded[row])
        if elf.type[section] == SHT_NOBITS:
            elf.fail(f"{elf.label(section)} has no content")
        records = split_frames(elf, section, relocations.offset[relocations.section == section])
        where.frames.append(section)
        where.line[section], where.first[section] = line, where.first_record + count if len(records.start) else -1
        parts.append(_record_blocks(row, records, int(elf.offset[section])))
        records.cie = np.where(records.cie >= 0, records.cie + count, -1)
        records.start = records.start + line
        line, count = line + int(elf.size[section]) + 1, count + len(records.start)
        starts.append(records.start)
        cies.append(records.cie)
    if parts:
        blocks.extend(*parts)
    where.records = np.concatenate(starts)
    return np.concatenate(cies)


def _record_blocks(section: int, records: Records, start: int) -> Blocks:
    return Blocks.of(
        len(records.start), section=section, start=records.start + start, size=records.size, alignment=1,
        role=records.role, live=1,
    )  # fmt: skip


def _link_in_order(elf: ElfFile, graph: LinkGraph, loaded: Ints, where: BlockMap) -> None:
    """An edge from each section that belongs to another one (SHF_LINK_ORDER) to that one."""
    rows = loaded[elf.flags[loaded] & SHF_LINK_ORDER != 0]
    rows = rows[where.first[rows] >= 0]
    if not len(rows):
        return
    link = elf.link[rows].astype(np.int64)
    if largest(link) >= len(elf.size):
        elf.fail(f"a section belongs to section {largest(link)}, of {len(elf.size)}")
    rows, link = rows[where.first[link] >= 0], link[where.first[link] >= 0]
    symbol = len(graph.symbols) + np.arange(len(rows))
    graph.symbols.extend(make_symbols(where.first[link], 0, 0))
    graph.edges.extend(Edges.of(len(rows), block=where.first[rows], kind=LINK_ORDER, symbol=symbol))


def _add_frame_edges(graph: LinkGraph, cie: Ints, first: int) -> None:
    """An edge from each FDE to its CIE: their distance changes when a record between them goes."""
    fdes = rows_of(cie >= 0)
    if not len(fdes):
        return
    cies, index = distinct(cie[fdes], len(cie))
    symbol = len(graph.symbols) + index
    graph.symbols.extend(make_symbols(first + cies, 0, graph.blocks.size[first + cies]))
    graph.edges.extend(Edges.of(len(fdes), block=first + fdes, offset=CIE_POINTER_OFFSET, kind=FRAME, symbol=symbol))
