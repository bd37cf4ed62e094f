"""The symbol index of an archive: which member defines what, as `ranlib` wrote it.

Owns: GNU's two formats of it, with offsets of 32 and of 64 bits. Must not know: the members. Invariant: for any bytes
whatever, only names of members that are there come out; an index that makes no sense is none. (binutils, bfd/archive.c)
"""

from __future__ import annotations

from .archive import INDEXES, walk_entries

_WORD = {"/": 4, "/SYM64/": 8}


def read_archive_index(data: bytes | memoryview, name: str) -> list[tuple[str, ...]]:
    """For each of `read_archive`'s members the names that the index has for it; none, if there is no such index.

    Raises:
        ObjectFormatError: as `read_archive`.
    """
    names: dict[int, list[str]] = {}
    headers: list[int] = []
    for entry in walk_entries(data, name):
        if entry.name not in INDEXES:
            headers.append(entry.header)
        elif entry.name in _WORD:
            _read_index(entry.content, _WORD[entry.name], names)
    return [tuple(names.get(header, ())) for header in headers]


def _read_index(content: bytes, word: int, names: dict[int, list[str]]) -> None:
    """A count, an offset for each name, the names: big-endian, NUL-terminated."""
    count = int.from_bytes(content[:word], "big")
    if count > len(content) // (word + 1):
        return
    texts = content[word * (count + 1) :].split(b"\0", count)[:count]
    for number, text in enumerate(texts):
        offset = int.from_bytes(content[word * (number + 1) : word * (number + 2)], "big")
        names.setdefault(offset, []).append(text.decode("utf-8", "backslashreplace"))
