"""Archives of objects (.a): the members and their names.

Owns: the format of `ar`, with GNU's and BSD's ways to write long names. Must not know: what the members are.
Invariant: every member lies inside the archive. (ar(5); binutils' documentation of "archive")
"""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import LinkError
from .elf_file import format_error

_MAGIC, _THIN_MAGIC = b"!<arch>\n", b"!<thin>\n"
_HEADER_SIZE = 60
_LONGEST_NAME = 4096  # many members may share one name of a hostile archive
INDEXES = {"/", "/SYM64/", "__.SYMDEF", "__.SYMDEF SORTED", "__.SYMDEF_64", "__.SYMDEF_64 SORTED"}


def read_archive(data: bytes | memoryview, name: str) -> list[tuple[str, bytes]]:
    """The members of an archive: (name, content), in order; symbol indexes are left out.

    Raises:
        ObjectFormatError: not an archive, or a damaged one.
        LinkError: a thin archive, which names files instead of holding them.
    """
    return [(title, content) for title, content, _ in walk_members(data, name) if title not in INDEXES]


def walk_members(data: bytes | memoryview, name: str) -> Iterator[tuple[str, bytes, int]]:
    """All members, symbol indexes too: (name, content, offset of its header). Raises as `read_archive`."""
    raw = memoryview(data).cast("B")
    if bytes(raw[:8]) == _THIN_MAGIC:
        raise LinkError(f"{name}: a thin archive has no content of its own; make a full one (ar rc, without T)")
    if bytes(raw[:8]) != _MAGIC:
        raise format_error(name, "not an archive (no '!<arch>' at its start)")
    long_names, at = b"", len(_MAGIC)
    while at < len(raw):
        header = at
        title, content, at = _read_member(raw, header, name)
        if title == "//":
            long_names = content
        elif title in INDEXES:
            yield title, content, header
        else:
            yield *_full_name(title, content, long_names, name), header


def _read_member(raw: memoryview, at: int, name: str) -> tuple[str, bytes, int]:
    header = bytes(raw[at : at + _HEADER_SIZE])
    if len(header) < _HEADER_SIZE or header[58:] != b"`\n":
        raise format_error(name, f"no member header at offset {at} of {len(raw)}; the archive is damaged")
    size = _number(header[48:58], name, at)
    start = at + _HEADER_SIZE
    if size > len(raw) - start:
        raise format_error(name, f"truncated: the member at {at} has {size} bytes, {len(raw) - start} are left")
    title = header[:16].decode("utf-8", "backslashreplace").rstrip()
    return title, bytes(raw[start : start + size]), start + size + size % 2


def _number(digits: bytes, name: str, at: int) -> int:
    text = digits.strip()
    if not text.isdigit() or len(text) > 15:
        raise format_error(name, f"the member header at offset {at} has no number where one must be")
    return int(text)


def _full_name(title: str, content: bytes, long_names: bytes, name: str) -> tuple[str, bytes]:
    """The whole name: GNU puts long ones into a table (`/offset`), BSD before the content (`#1/length`)."""
    if title.startswith("#1/"):
        size = _number(title[3:].encode(), name, 0)
        if size > len(content):
            raise format_error(name, f"a member's name of {size} bytes is longer than the member ({len(content)})")
        return content[: min(size, _LONGEST_NAME)].rstrip(b"\0").decode("utf-8", "backslashreplace"), content[size:]
    if title.startswith("/") and title[1:].isascii() and title[1:].isdigit():
        start = int(title[1:])
        end = long_names.find(b"\n", start, start + _LONGEST_NAME)
        if start >= len(long_names) or end < 0:
            raise format_error(name, f"a member's name at {start} lies outside the table of names ({len(long_names)})")
        return long_names[start:end].decode("utf-8", "backslashreplace").removesuffix("/"), content
    return title.removesuffix("/"), content
