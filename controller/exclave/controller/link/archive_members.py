"""The members of an archive with their content, also of a thin one, which names files instead of holding them.

Owns: reading those files. Must not know: what the members are. Invariant: no file is read but regular ones that the
archive names, each once. (binutils' documentation of `ar`, "thin archives")
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from ..errors import LinkError
from .archive import INDEXES, Entry, is_archive, is_thin, walk_entries
from .elf_file import format_error


def read_archive(data: bytes | memoryview, name: str, folder: Path | None = None) -> list[tuple[str, bytes]]:
    """The members of an archive: (name, content), in order; symbol indexes are left out.

    `folder` is the archive's own: a thin archive's members are files relative to it.

    Raises:
        ObjectFormatError: not an archive, or a damaged one.
        LinkError: it is thin, and one of its files cannot be read, or there is no `folder`.
    """
    files = _Files(name, folder)
    return [files.member(entry) for entry in walk_entries(data, name) if entry.name not in INDEXES]


class _Files:
    """The files that one archive names."""

    def __init__(self, archive: str, folder: Path | None) -> None:
        self._archive = archive
        self._folder = folder
        self._nested: dict[bytes, Mapping[int, Entry]] = {}

    def member(self, entry: Entry) -> tuple[str, bytes]:
        """A member's name and content."""
        if entry.path is None:
            return entry.name, entry.content
        if entry.origin < 0:
            return entry.name, self._plain(entry.name, entry.path)
        return self._of_nested(entry.name, entry.path, entry.origin)

    def _plain(self, name: str, path: bytes) -> bytes:
        content = self._read(name, path)
        if is_archive(content):
            raise LinkError(f"{self._archive}: its member {name} is an archive: add that one by itself, or its members")
        return content

    def _of_nested(self, name: str, path: bytes, origin: int) -> tuple[str, bytes]:
        if path not in self._nested:
            self._nested[path] = self._members_by_offset(name, path)
        found = self._nested[path].get(origin)
        if found is None:
            raise format_error(
                self._archive,
                f"it names a member at offset {origin} of {name}, where none begins: that one has changed since, make "
                "this one again",
            )
        return f"{name}({found.name})", found.content

    def _members_by_offset(self, name: str, path: bytes) -> Mapping[int, Entry]:
        data, label = self._read(name, path), f"{self._archive}({name})"
        if is_thin(data):
            raise LinkError(f"{label}: a thin archive, of which another one names a member: make that one again")
        return {entry.header: entry for entry in walk_entries(data, label)}

    def _read(self, name: str, path: bytes) -> bytes:
        if self._folder is None:
            raise LinkError(
                f"{self._archive}: a thin archive, which names files beside it: give its path instead of its bytes, or "
                "make a full one (ar rc, without T)"
            )
        try:
            return _read_regular(self._folder / os.fsdecode(path))
        except (OSError, ValueError) as error:  # ValueError: a NUL in it
            why = error.strerror if isinstance(error, OSError) else str(error)
            raise LinkError(
                f"{self._archive}: a thin archive, whose member {name} cannot be read: {why}; it was looked for in "
                f"{self._folder}: put it there, or make the archive again"
            ) from error


def _read_regular(path: Path) -> bytes:
    """A file's bytes; devices and pipes have no end."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise ValueError(f"{path} is no regular file")
    return path.read_bytes()
