"""Splits .eh_frame into its records, so that each frame description lives and dies with its function.

Owns: the outline of .eh_frame. Must not know: what the records' instructions say. Invariant: records are
disjoint, inside their section, and every FDE has a CIE before it in the same section.
(LSB Core, "Exception Frames"; JITLink's DWARFRecordSectionSplitter and EHFrameEdgeFixer)
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import NoReturn

import numpy as np

from .arrays import Flags, Ints, any_of, rows_of, window
from .elf_file import ElfFile
from .graph import Role

FUNCTION_OFFSET = 8  # of the function's address in an FDE, after length and CIE pointer
CIE_POINTER_OFFSET = 4


@dataclass
class Records:
    """The records of one section. start: offset in the section; cie: for FDEs, the row of their CIE, else -1."""

    start: Ints
    size: Ints
    role: Ints
    cie: Ints


def split_frames(elf: ElfFile, section: int, fixups: Ints) -> Records:
    """The records of an .eh_frame section; its terminators are left out, as the linker makes its own.

    `fixups`: offsets in the section that are relocated, by which most records are found at once.

    Raises:
        ObjectFormatError: a record that crosses the section's end, or an FDE without a CIE.
    """
    content = elf.content(section)
    words = window(content, "<u4")
    start = _record_starts(elf, section, content, words, fixups - FUNCTION_OFFSET)
    if not len(start):
        return Records(start, start, start, start)
    size = words[start].astype(np.int64) + 4
    pointer = words[start + CIE_POINTER_OFFSET].astype(np.int64)
    is_fde = pointer != 0
    role = np.where(is_fde, Role.FDE, Role.CIE)
    return Records(start, size, role, _find_cies(elf, section, start, pointer, is_fde))


def _record_starts(elf: ElfFile, section: int, content: memoryview, words: Ints, hints: Ints) -> Ints:
    """Where records begin: a walk, as each one's length says where the next one is.

    Where records are as long as the hints are apart, the walk takes all of them in one step.
    """
    hints, run_ends = _runs(words, hints)
    where, last = hints.tolist(), run_ends.tolist()
    found: list[Ints] = []
    alone: list[int] = []
    at, end = 0, len(content)
    while at + 4 <= end:
        index = bisect_left(where, at)
        if index < len(where) and where[index] == at and last[index] > index:
            found.append(hints[index : last[index]])
            at = where[last[index]]
        length = int.from_bytes(content[at : at + 4], "little")
        if length:
            if length == 0xFFFFFFFF or length < 4 or length > end - at - 4:
                _refuse_length(elf, section, at, length)
            alone.append(at)
        at += 4 + length
    if not found:
        return np.array(alone, np.int64)
    starts: Ints = np.sort(np.concatenate([*found, np.array(alone, np.int64)]))
    return starts


def _refuse_length(elf: ElfFile, section: int, at: int, length: int) -> NoReturn:
    left = int(elf.size[section]) - at
    elf.fail(f"{elf.label(section)}: the record at {at:#x} has length {length:#x}, {left} bytes are left")


def _runs(words: Ints, hints: Ints) -> tuple[Ints, Ints]:
    """The usable hints, sorted, and for each the first at or after it that does not end where the next one begins."""
    hints = hints[(hints >= 0) & (hints & 3 == 0) & (hints < len(words))]
    if len(hints) < 4:
        return hints[:0], hints[:0]  # not worth it
    hints = np.sort(hints)
    length = words[hints[:-1]].astype(np.int64)
    breaks = np.append(rows_of((hints[:-1] + 4 + length != hints[1:]) | (length < 4)), len(hints) - 1)
    return hints, breaks[breaks.searchsorted(np.arange(len(hints)))]


def _find_cies(elf: ElfFile, section: int, start: Ints, pointer: Ints, is_fde: Flags) -> Ints:
    cie = np.full(len(start), -1, np.int64)
    fdes = rows_of(is_fde)
    if not len(fdes):
        return cie
    where = start[fdes] + CIE_POINTER_OFFSET - pointer[fdes]
    row = np.minimum(start.searchsorted(where), len(start) - 1)
    wrong = (start[row] != where) | is_fde[row]
    if any_of(wrong):
        elf.fail(f"{elf.label(section)}: the record at {int(start[fdes[np.argmax(wrong)]]):#x} has no CIE")
    cie[fdes] = row
    return cie
