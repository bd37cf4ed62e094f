"""The outermost layer of an ELF64 file: header, section table, and the checks that all else relies on.

Owns: everything that is checked before a section's bytes are looked at. Must not know: what sections mean.
Invariant: once an ElfFile exists, every section's range lies inside the file, all ranges together are no longer than
the file, and every name offset lies in the section names' table. (ELF gABI, "ELF Header", "Sections")
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from ..errors import ObjectFormatError
from .arrays import Bytes, Flags, Ints, any_of, ranges
from .strings import StringTable

_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
# Signed, so that one comparison with 0 finds what is absurdly large.
_SECTION = np.dtype(
    [("name", "<u4"), ("type", "<u4"), ("flags", "<i8"), ("address", "<i8"), ("offset", "<i8"), ("size", "<i8"),
     ("link", "<u4"), ("info", "<u4"), ("alignment", "<i8"), ("entry_size", "<i8")]
)  # fmt: skip

_COLUMNS = ("type", "flags", "offset", "size", "link", "info", "alignment", "entry_size", "name")

SHT_NULL, SHT_PROGBITS, SHT_SYMTAB, SHT_RELA, SHT_NOBITS, SHT_REL = 0, 1, 2, 4, 8, 9
SHT_INIT_ARRAY, SHT_FINI_ARRAY, SHT_PREINIT_ARRAY, SHT_GROUP, SHT_SYMTAB_SHNDX = 14, 15, 16, 17, 18
SHT_X86_64_UNWIND = 0x70000001
SHF_WRITE, SHF_ALLOC, SHF_EXECINSTR, SHF_GROUP, SHF_TLS, SHF_COMPRESSED = 1, 2, 4, 0x200, 0x400, 0x800
SHF_MERGE, SHF_STRINGS, SHF_LINK_ORDER = 0x10, 0x20, 0x80
SHF_GNU_RETAIN, SHF_EXCLUDE = 0x200000, 0x80000000

MAX_SECTION_SIZE = 1 << 40  # far more than any reservation; keeps sums of sizes inside 64 bits
MAX_ALIGNMENT = 1 << 21  # a huge page

_MACHINES = {3: "x86 (32-bit)", 8: "MIPS", 20: "PowerPC", 21: "PowerPC64", 22: "S/390", 40: "ARM (32-bit)",
             62: "x86-64", 183: "AArch64", 243: "RISC-V", 247: "BPF", 258: "LoongArch"}  # fmt: skip
_KINDS = {
    0: "an ELF file of no type",
    2: "an executable",
    3: "a shared object or position-independent executable",
    4: "a core dump",
}
_OTHER_FORMATS = {
    b"\xcf\xfa\xed\xfe": "a Mach-O file",
    b"\xfe\xed\xfa\xcf": "a Mach-O file",
    b"BC\xc0\xde": "LLVM bitcode (clang makes it with -flto), which add_bitcode takes",
    b"!<ar": "an archive",
    b"\0asm": "a WebAssembly module",
    b"#!/b": "a script",
}
NO_TLS = (
    "Thread-local storage is not supported yet: declare it without thread_local/__thread/_Thread_local, or compile "
    "with -femulated-tls (clang) and link an __emutls_get_address"
)
_WHAT_TO_DO = "compile with -c (or emit an object) for the executor's architecture"


@dataclass
class ElfFile:
    """A relocatable ELF64 file whose outline has been checked. Sections are columns, indexed by section number."""

    name: str
    raw: memoryview
    bytes: Bytes
    machine: int
    target_flags: int
    section_names: StringTable
    type: Ints
    flags: Ints
    offset: Ints
    size: Ints
    link: Ints
    info: Ints
    alignment: Ints
    entry_size: Ints
    name_offset: Ints

    def fail(self, what: str) -> NoReturn:
        """Raise ObjectFormatError with the object's name before `what`."""
        raise format_error(self.name, what)

    def content(self, section: int) -> memoryview:
        """The bytes of a section that has some."""
        start = int(self.offset[section])
        return self.raw[start : start + int(self.size[section])]

    def label(self, section: int) -> str:
        """A section's name and number, for messages."""
        return f"section {section} ({self.section_names.at(int(self.name_offset[section])) or 'no name'})"

    def records(self, offsets: Ints, counts: Ints, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        """Arrays of records at several places in the file, as one array."""
        kind = np.dtype(dtype)
        if len(counts) > 1:
            filled = counts > 0
            offsets, counts = offsets[filled], counts[filled]
        if not len(counts) or not counts[0]:
            return np.empty(0, kind)
        step = kind.itemsize
        if len(counts) == 1 or not any_of((offsets + counts * step)[:-1] != offsets[1:]):
            together: npt.NDArray[Any] = np.frombuffer(self.raw, kind, int(counts.sum()), int(offsets[0]))
            return together
        at = np.repeat(offsets, counts) + ranges(np.zeros_like(counts), counts) * step
        everywhere: npt.NDArray[Any] = np.ndarray((len(self.raw) - step + 1,), kind, self.raw, strides=(1,))
        found: npt.NDArray[Any] = everywhere[at]
        return found


def format_error(name: str, what: str) -> ObjectFormatError:
    """An ObjectFormatError for the object `name`."""
    return ObjectFormatError(f"{name}: {what}", object_name=name)


def read_elf(data: bytes | memoryview, name: str) -> ElfFile:
    """Check the outline of a file.

    Raises:
        ObjectFormatError: not a relocatable little-endian ELF64 file, or damaged; says what it is instead.
    """
    raw = memoryview(data).cast("B")
    header = _read_header(raw, name)
    table = _read_section_table(raw, name, header)
    columns = {key: table[key] for key in _COLUMNS}
    _check_sections(raw, name, columns)
    names = _section_names(raw, name, columns, header)
    names.check(columns["name"])
    return ElfFile(name, raw, np.frombuffer(raw, np.uint8), header[2], header[7], names, *columns.values())


def _read_header(raw: memoryview, name: str) -> tuple[Any, ...]:
    if len(raw) < 4 or bytes(raw[:4]) != b"\x7fELF":
        what = "empty" if not len(raw) else _OTHER_FORMATS.get(bytes(raw[:4]), "not an ELF file")
        raise format_error(name, f"{what}; {_WHAT_TO_DO}" if what != "empty" else f"the file is empty; {_WHAT_TO_DO}")
    if len(raw) < _HEADER.size:
        raise format_error(name, f"truncated: {len(raw)} bytes, an ELF64 header has {_HEADER.size}")
    header = _HEADER.unpack_from(raw)
    _check_identity(header, name)
    return header


def _check_identity(header: tuple[Any, ...], name: str) -> None:
    ident, kind, machine, version = header[:4]
    if ident[4] != 2:
        raise format_error(name, f"a 32-bit ELF file (class {ident[4]}); {_WHAT_TO_DO}, which is 64-bit")
    if ident[5] != 1:
        raise format_error(name, f"a big-endian ELF file (encoding {ident[5]}); executors are little-endian")
    if kind != 1:
        what = _KINDS.get(kind, f"an ELF file of type {kind}")
        raise format_error(name, f"{what}, not a relocatable object; {_WHAT_TO_DO}, do not link it")
    if ident[6] != 1 or version != 1:
        raise format_error(name, f"ELF version {ident[6]}/{version}; only version 1 exists")
    if machine == 0:
        raise format_error(name, f"an object for no machine; {_WHAT_TO_DO}")


def machine_name(number: int) -> str:
    """What an e_machine number is called."""
    return _MACHINES.get(number, f"machine {number}")


def _read_section_table(raw: memoryview, name: str, header: tuple[Any, ...]) -> npt.NDArray[Any]:
    offset, entry_size, count = header[6], header[11], header[12]
    if not offset:
        raise format_error(name, "it has no section table; link it from an object that was not stripped of it")
    if entry_size != _SECTION.itemsize:
        raise format_error(name, f"section table entries of {entry_size} bytes; ELF64 has {_SECTION.itemsize}")
    if offset > len(raw) - _SECTION.itemsize:
        raise format_error(name, f"truncated: the section table is at {offset}, the file has {len(raw)} bytes")
    if count == 0:  # more than 65,279 sections: the number is in the first entry's size
        count = int(np.frombuffer(raw, _SECTION, 1, offset)["size"][0])
    if count <= 0 or count > (len(raw) - offset) // _SECTION.itemsize:
        raise format_error(
            name, f"truncated: {count} sections from offset {offset} do not fit the file's {len(raw)} bytes"
        )
    return np.frombuffer(raw, _SECTION, count, offset)


def _check_sections(raw: memoryview, name: str, columns: dict[str, Ints]) -> None:
    size, offset, kind, alignment = (columns[key] for key in ("size", "offset", "type", "alignment"))
    real = kind != SHT_NULL
    here = real & (kind != SHT_NOBITS)
    end = offset + size  # both are at most the file's length where it matters, or one of them is refused
    outside = here & ((offset < 0) | (offset > len(raw)) | (size > len(raw)) | (end > len(raw)))
    odd = (size < 0) | (size > MAX_SECTION_SIZE) | (alignment < 0) | (alignment > MAX_ALIGNMENT)
    odd |= alignment & (alignment - 1) != 0
    if any_of(outside | (odd & real)):
        _refuse(outside, name, columns, f"outside the file of {len(raw)} bytes: it is truncated or damaged")
        _refuse(odd & real, name, columns, f"larger than {MAX_SECTION_SIZE} bytes or oddly aligned: it is damaged")
    if int(size[here].sum()) > len(raw):
        raise format_error(name, "its sections overlap: together they are longer than the file")


def _refuse(bad: Flags, name: str, columns: dict[str, Ints], what: str) -> None:
    if any_of(bad):
        row = int(np.argmax(bad))
        offset, size, alignment = (int(columns[key][row]) % 2**64 for key in ("offset", "size", "alignment"))
        numbers = f"offset {offset:#x}, size {size:#x}, alignment {alignment:#x}"
        raise format_error(name, f"section {row} ({numbers}) is {what}")


def _section_names(raw: memoryview, name: str, columns: dict[str, Ints], header: tuple[Any, ...]) -> StringTable:
    index = header[13]
    if index == 0xFFFF:  # SHN_XINDEX: in the first entry's link
        index = int(columns["link"][0])
    if index >= len(columns["size"]):
        raise format_error(name, f"its section names are in section {index}, of {len(columns['size'])}")
    start, size = int(columns["offset"][index]), int(columns["size"][index])
    no_bytes = columns["type"][index] in (SHT_NULL, SHT_NOBITS)
    return StringTable(raw[:0] if no_bytes else raw[start : start + size], name)
