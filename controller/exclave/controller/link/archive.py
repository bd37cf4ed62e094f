"""Archives of objects (.a): what is in the file, header by header.

Owns: the format of `ar`, full and thin, with GNU's, LLVM's and BSD's ways to write long names. Must not know: what the
members are, any other file. Invariant: every member's content lies inside the archive, or is a file that it names.
(ar(5); binutils' documentation of "archive"; bfd/archive.c)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from .elf_file import format_error

_MAGIC, _THIN_MAGIC = b"!<arch>\n", b"!<thin>\n"
_HEADER_SIZE = 60
_LONGEST_NAME = 4096  # many members may share one name of a hostile archive
_LONG_NAMES = "//"
INDEXES = {"/", "/SYM64/", "__.SYMDEF", "__.SYMDEF SORTED", "__.SYMDEF_64", "__.SYMDEF_64 SORTED"}


class Entry(NamedTuple):
    """A member, or a symbol index. `header`: where in the archive it begins.

    path: the file that has the content of a thin archive's member, as the archive writes it; None: `content` has it.
    origin: if that file is an archive, where the header of the member that is meant begins in it; -1: the whole file.
    """

    name: str
    content: bytes
    header: int
    path: bytes | None = None
    origin: int = -1


class _Header(NamedTuple):
    title: bytes
    start: int  # of the content
    size: int
    at: int


def is_archive(data: bytes | memoryview) -> bool:
    """Whether it begins as one, full or thin."""
    return bytes(data[:8]) in (_MAGIC, _THIN_MAGIC)


def is_thin(data: bytes | memoryview) -> bool:
    """Whether it begins as a thin one."""
    return bytes(data[:8]) == _THIN_MAGIC


def walk_entries(data: bytes | memoryview, name: str) -> Iterator[Entry]:
    """All members in order, symbol indexes too.

    Raises:
        ObjectFormatError: not an archive, or a damaged one.
    """
    raw = memoryview(data).cast("B")
    if not is_archive(raw):
        raise format_error(name, "not an archive (no '!<arch>' at its start)")
    thin, long_names, at = is_thin(raw), b"", len(_MAGIC)
    while at < len(raw):
        header = _read_header(raw, at, name)
        title = _text(header.title)
        if thin and title not in INDEXES and title != _LONG_NAMES:
            at += _HEADER_SIZE
            yield _named_file(header, long_names, name)
            continue
        content = _read_content(raw, header, name)
        at = header.start + header.size + header.size % 2
        if title == _LONG_NAMES:
            long_names = content
        else:
            yield _full_entry(header, content, long_names, name)


def _read_header(raw: memoryview, at: int, name: str) -> _Header:
    header = bytes(raw[at : at + _HEADER_SIZE])
    if len(header) < _HEADER_SIZE or header[58:] != b"`\n":
        raise format_error(name, f"no member header at offset {at} of {len(raw)}; the archive is damaged")
    return _Header(header[:16].rstrip(), at + _HEADER_SIZE, _number(header[48:58], name, at), at)


def _read_content(raw: memoryview, header: _Header, name: str) -> bytes:
    left = len(raw) - header.start
    if header.size > left:
        raise format_error(name, f"truncated: the member at {header.at} has {header.size} bytes, {left} are left")
    return bytes(raw[header.start : header.start + header.size])


def _number(digits: bytes, name: str, at: int) -> int:
    text = digits.strip()
    if not text.isdigit() or len(text) > 15:
        raise format_error(name, f"the member header at offset {at} has no number where one must be")
    return int(text)


def _text(name: bytes) -> str:
    return name.decode("utf-8", "backslashreplace")


def _full_entry(header: _Header, content: bytes, long_names: bytes, name: str) -> Entry:
    """A member with its content: BSD has long names before it (`#1/length`)."""
    title = header.title
    if title.startswith(b"#1/"):
        size = _number(title[3:], name, header.at)
        if size > len(content):
            raise format_error(name, f"a member's name of {size} bytes is longer than the member ({len(content)})")
        title, content = content[: min(size, _LONGEST_NAME)].rstrip(b"\0"), content[size:]
    elif _text(title) not in INDEXES:
        title = _long_name(title, long_names, name)
    return Entry(_text(title), content, header.at)


def _named_file(header: _Header, long_names: bytes, name: str) -> Entry:
    """A thin archive's member; GNU writes one of a nested archive as `/offset of its name:offset in the archive`."""
    title, colon, origin = header.title.partition(b":") if header.title.startswith(b"/") else (header.title, b"", b"")
    path = _long_name(title, long_names, name)
    if not path:
        raise format_error(name, f"the member at offset {header.at} names no file")
    return Entry(_text(path), b"", header.at, path, _number(origin, name, header.at) if colon else -1)


def _long_name(title: bytes, long_names: bytes, name: str) -> bytes:
    """The whole name: GNU puts long ones into a table (`/offset`)."""
    if not (title.startswith(b"/") and title[1:].isdigit()):
        return title.removesuffix(b"/")
    start = int(title[1:])
    end = long_names.find(b"\n", start, start + _LONGEST_NAME)
    if start >= len(long_names) or end < 0:
        raise format_error(name, f"a member's name at {start} lies outside the table of names ({len(long_names)})")
    return long_names[start:end].removesuffix(b"/")
