"""String tables of object files: many names at once, in C's speed.

Owns: the checks of offsets and of the encoding. Must not know: what the names are for.
Invariant: the work is linear in the table's size plus the number of names, also where names overlap as only a
hostile file's do. (ELF gABI, "String Table")
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..errors import ObjectFormatError

# Assemblers let a name be the tail of another one; more tail text than this, relative to the table, is an attack.
_TAIL_FACTOR = 64


class StringTable:
    """A table of NUL-terminated names."""

    __slots__ = ("_owner", "data")

    def __init__(self, data: memoryview | bytes, owner: str) -> None:
        """`owner`: whose table it is, for messages.

        Raises:
            ObjectFormatError: the table does not end with a NUL.
        """
        self.data = data
        self._owner = owner
        if len(self.data) and self.data[-1] != 0:
            raise self._error("does not end with a NUL byte; the file is damaged")

    def _error(self, what: str) -> ObjectFormatError:
        return ObjectFormatError(f"{self._owner}: a string table {what}", object_name=self._owner)

    def has(self, text: bytes) -> bool:
        """Whether these bytes are anywhere in it."""
        return text in bytes(self.data)

    def at(self, offset: int) -> str:
        """One name, for people: bytes that are not UTF-8 are shown escaped."""
        if not 0 <= offset < len(self.data):
            return ""
        text = bytes(self.data[offset : offset + 4096])
        return text.split(b"\0", 1)[0].decode("utf-8", "backslashreplace")

    def check(self, offsets: npt.NDArray[np.int64]) -> None:
        """Raise ObjectFormatError if one of the offsets lies outside the table."""
        if len(offsets) and int(offsets.max()) >= max(len(self.data), 1):
            raise self._error(f"of {len(self.data)} bytes has no offset {int(offsets.max())}; the file is damaged")

    def names(self, offsets: npt.NDArray[np.int64]) -> list[str]:
        """The names at `offsets`.

        Raises:
            ObjectFormatError: an offset outside the table, a name that is not UTF-8, names that overlap absurdly.
        """
        if not len(offsets):
            return []
        self.check(offsets)
        if not len(self.data):
            return [""] * len(offsets)
        table = np.frombuffer(self.data, np.uint8)
        ends = (table == 0).nonzero()[0]
        which = ends.searchsorted(offsets)
        pieces = self._pieces()
        found = list(map(pieces.__getitem__, which.tolist()))
        tails = (table[offsets - 1] != 0).nonzero()[0]  # offset 0 looks at the last byte, which is 0
        if len(tails):
            self._cut_tails(found, tails, offsets, ends[which])
        return found

    def _pieces(self) -> list[str]:
        raw = bytes(self.data)
        try:
            return raw.decode("utf-8").split("\0")
        except UnicodeDecodeError as error:
            raise self._error(f"has a name that is not UTF-8, at offset {error.start}") from None

    def _cut_tails(
        self,
        found: list[str],
        tails: npt.NDArray[np.int64],
        offsets: npt.NDArray[np.int64],
        ends: npt.NDArray[np.int64],
    ) -> None:
        """Put the names in that begin inside another one."""
        starts, stops = offsets[tails], ends[tails]
        if int((stops - starts).sum()) > _TAIL_FACTOR * (len(self.data) + 4096):
            raise self._error("has names that overlap too much; the file is damaged or hostile")
        try:
            for row, start, stop in zip(tails.tolist(), starts.tolist(), stops.tolist(), strict=True):
                found[row] = bytes(self.data[start:stop]).decode("utf-8")
        except UnicodeDecodeError:
            raise self._error("has a name that begins inside a UTF-8 character") from None


def name_in(table: StringTable | bytes, offset: int) -> str:
    """One name, for people, of a table that may not have been made one yet: a batch has thousands of them."""
    return (table if isinstance(table, StringTable) else StringTable(table, "")).at(offset)


def intern_names(names: list[str]) -> tuple[list[str], npt.NDArray[np.int64]]:
    """Distinct names in order of appearance, and for each of `names` its index among them."""
    table = dict.fromkeys(names)
    if len(table) == len(names):
        return names, np.arange(len(names))
    distinct = list(table)
    index = dict(zip(distinct, range(len(distinct)), strict=True))
    return distinct, np.fromiter(map(index.__getitem__, names), np.int64, len(names))
