"""Columns of one length, kept in one array.

Owns: appending and selecting rows. Must not know: what the columns mean. Invariant: all columns are views of the same
2-D array, so that a whole table is copied, cut or grown by one operation.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from .arrays import Ints


class Table:
    """Columns of one length: the rows of one 2-D array, also there as attributes. Assigning writes into the array.

    Behind the rows there is room for more, as in a list, so that appending does not copy what is there.
    """

    columns: ClassVar[tuple[str, ...]] = ()
    data: Ints  # all columns, as one 2-D array
    length: int

    def __init_subclass__(cls) -> None:
        cls.columns = tuple(cls.__annotations__)

    def __init__(self, room: Ints, length: int) -> None:
        """`room`: int64, one row per column, at least `length` long; the first `length` items are the columns."""
        data = room[:, :length]
        self.__dict__.update(zip(self.columns, data, strict=True), data=data, length=length, _room=room)

    def __setattr__(self, name: str, value: npt.ArrayLike) -> None:
        self.__dict__[name][:] = value

    @classmethod
    def of(cls, n: int, /, room: int = 0, **columns: npt.ArrayLike) -> Self:
        """A table of `n` rows, with room for some more; columns that are not given are 0."""
        table = cls(np.zeros((len(cls.columns), n + room), np.int64), n)
        shown = table.__dict__
        for name, value in columns.items():
            shown[name][:] = value
        return table

    def __len__(self) -> int:
        return self.length

    def take(self, rows: npt.NDArray[Any]) -> Self:
        """The table of these rows, given by their indices."""
        return type(self)(self.data[:, rows], len(rows))

    def copy(self) -> Self:
        """The same rows in an array of their own, with room for more."""
        return self.concatenate((self,))

    @classmethod
    def concatenate(cls, parts: Sequence[Self | bytes]) -> Self:
        """All rows of all parts, in order, with room for more; a part is a table or packed rows."""
        pieces = [piece for packed, run in groupby(parts, _is_packed) for piece in cls._pieces(packed, run)]
        length = sum([piece.shape[1] for piece in pieces])
        room = np.empty((len(cls.columns), length + length // 4 + 16), np.int64)
        _put(room, 0, pieces)
        return cls(room, length)

    @classmethod
    def _pieces(cls, packed: bool, run: Iterable[Any]) -> Iterable[Ints]:
        """2-D arrays of the columns of what is all packed, or all tables."""
        if not packed:
            return [table.data for table in run]
        return [np.frombuffer(b"".join(run), np.int64).reshape(-1, len(cls.columns)).T]

    def pack(self) -> bytes:
        """Its rows: int64 values, row after row."""
        return self.data.T.tobytes()

    @classmethod
    def unpack(cls, rows: bytes) -> Self:
        """The table of packed rows: int64 values, row after row."""
        return cls.concatenate([rows])

    @classmethod
    def count(cls, part: Self | bytes) -> int:
        """How many rows a table or packed rows are."""
        return len(part) // (8 * len(cls.columns)) if isinstance(part, bytes) else part.length

    def extend(self, *more: Self) -> None:
        """Append the rows of others."""
        old, room = self.length, self.__dict__["_room"]
        length = old + sum([table.length for table in more])
        if length <= room.shape[1]:
            _put(room, old, [table.data for table in more])
            Table.__init__(self, room, length)
        else:
            self.__dict__.update(self.concatenate((self, *more)).__dict__)


def _is_packed(part: object) -> bool:
    return type(part) is bytes


def _put(room: Ints, at: int, pieces: Sequence[Ints]) -> None:
    for piece in pieces:
        room[:, at : at + piece.shape[1]] = piece
        at += piece.shape[1]
