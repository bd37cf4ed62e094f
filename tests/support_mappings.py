"""What a process has mapped of given files, as the kernel says it."""

from __future__ import annotations

import re
from collections.abc import Container
from pathlib import Path
from typing import NamedTuple

_LINE = re.compile(r"(\w+)-(\w+) (\S+) (\w+) \S+ (\d+)")


class Mapping(NamedTuple):
    """A range of one file, by offset in it."""

    rights: str
    offset: int
    size: int
    inode: int


def mappings_of(pid: int, inodes: Container[int]) -> list[Mapping]:
    """All mappings of files with these inodes, by address."""
    found = []
    for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
        start, end, rights, offset, inode = _LINE.match(line).groups()
        if int(inode) in inodes:
            found.append(Mapping(rights, int(offset, 16), int(end, 16) - int(start, 16), int(inode)))
    return found
