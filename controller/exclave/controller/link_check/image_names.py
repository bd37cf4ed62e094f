"""What the names in checks stand for in a linked image: symbols, sections, GOT entries, stubs.

Owns: which one is meant where several have a name. A symbol that others see comes before local ones; of several local
ones, or of entries and sections of several objects, none is meant: that is a mistake which says what there is.
Must not know: checks. (JITLink's `GetSymbolInfo`, `GetSectionInfo`, `GetGOTInfo`, `GetStubInfo` of llvm-jitlink)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from functools import cached_property

import numpy as np

from ..link import LinkedImage
from ..link.graph import Place, TableEntries
from .mistakes import Unanswerable

_MOST_LISTED = 8
LINKER = "the linker"


class ImageNames:
    """One image's names. Rows are those of its graph's tables."""

    def __init__(self, image: LinkedImage) -> None:
        self._image, self._graph = image, image.graph

    def address(self, name: str) -> int:
        """The address of a symbol; 0 of a weak one that nobody defines.

        Raises:
            Unanswerable: none, or several local ones.
        """
        return int(self._image.addresses[self._row(name)])

    def size(self, name: str) -> int:
        """The size of a symbol, as its object says it."""
        return int(self._graph.symbols.size[self._row(name)])

    def is_defined(self, name: str) -> bool:
        """Whether the image has a symbol: pruned ones, and those that somebody else defines, it has not."""
        outside = set(self._graph.outside.tolist())
        return any(row not in outside for row in self._rows.get(name, ()))

    def _row(self, name: str) -> int:
        rows = self._rows.get(name, [])
        if not rows:
            raise Unanswerable(f"no symbol {name} in the image (or it was pruned); {_closest(name, self._rows)}")
        if len(rows) > 1:
            places = ", ".join(f"{int(self._image.addresses[row]):#x}" for row in rows[:_MOST_LISTED])
            raise Unanswerable(
                f"{len(rows)} local symbols are called {name}, at {places}: say section_addr(...) + offset"
            )
        return rows[0]

    @cached_property
    def _rows(self) -> dict[str, list[int]]:
        """The rows of each symbol's name; of the local ones only where nobody else has the name."""
        symbols, blocks = self._graph.symbols, self._graph.blocks
        local: dict[str, list[int]] = {}
        for row in range(len(symbols)):
            named = symbols.external[row] < 0 <= symbols.strings[row] and symbols.name[row] > 0
            alive = symbols.place[row] == Place.ABSOLUTE or (
                symbols.place[row] == Place.BLOCK and blocks.live[symbols.block[row]]
            )
            if named and alive:
                local.setdefault(self._graph.symbol_name(row), []).append(row)
        return local | self._seen_by_others()

    def _seen_by_others(self) -> dict[str, list[int]]:
        """What the image defines, of several definitions the one that won, and what somebody else does."""
        symbols, won, outside = self._graph.symbols, self._image.symbols, set(self._graph.outside.tolist())
        found = {}
        for row in np.flatnonzero(symbols.external >= 0).tolist():
            name, defined = self._graph.symbol_name(row), symbols.place[row] in (Place.BLOCK, Place.ABSOLUTE)
            if row in outside or (defined and won.get(name) == int(self._image.addresses[row])):
                found[name] = [row]
        return found

    def got_entry(self, symbol: str, of: str | None = None) -> int:
        """The address of the GOT entry of a symbol, in the GOT of the owner of the object `of`."""
        return self._entry(self._graph.got, "GOT entry", symbol, of)

    def stub(self, symbol: str, of: str | None = None) -> int:
        """The address of a stub, used or bypassed."""
        return self._entry(self._graph.stubs, "stub", symbol, of)

    def _entry(self, table: TableEntries, what: str, symbol: str, of: str | None) -> int:
        names = [self._graph.symbol_name(row) for row in table.target.tolist()]
        rows = [row for row, name in zip(table.symbol.tolist(), names, strict=True) if name == symbol]
        if of is not None:
            rows = [row for row in rows if self._owner_of_block(int(self._graph.symbols.block[row])) == self._owner(of)]
        if len(rows) == 1:
            return int(self._image.addresses[rows[0]])
        if rows:
            places = ", ".join(f"{int(self._image.addresses[row]):#x}" for row in rows[:_MOST_LISTED])
            raise Unanswerable(f"{len(rows)} {what}s for {symbol}, at {places}: {_WHICH}")
        raise Unanswerable(f"no {what} for {symbol}{_of(of)}; there is one for {_listed(set(names))}")

    def section(self, name: str, of: str | None = None) -> tuple[int, int]:
        """Address and size of a section, from its first block to the end of its last; `of`: of which object.

        Of a section that the linker made ($__GOT, $__STUBS) it is the part that belongs to the owner of `of`.
        """
        found: dict[tuple[int, int], list[int]] = {}
        for block in range(len(self._graph.blocks)):
            row = int(self._graph.blocks.section[block])
            if self._graph.blocks.live[block] and self._graph.section_name(row) == name and self._is_of(block, of):
                found.setdefault((row, self._owner_of_block(block)), []).append(block)
        if not found:
            raise Unanswerable(f"no section {name}{_of(of)} in the image; there are {_listed(self._sections)}")
        if len(found) > 1:
            objects = _listed({self._graph.object_of_section(row) for row, _ in found})
            raise Unanswerable(f"{len(found)} sections are called {name}, of {objects}: {_WHICH}")
        return self._extent(next(iter(found.values())))

    def _extent(self, rows: Sequence[int]) -> tuple[int, int]:
        address, size = self._graph.blocks.address[rows], self._graph.blocks.size[rows]
        return int(address.min()), int((address + size).max() - address.min())

    def _is_of(self, block: int, of: str | None) -> bool:
        if of is None:
            return True
        made_by = self._graph.object_of_section(int(self._graph.blocks.section[block]))
        if made_by == LINKER:
            return self._owner_of_block(block) == self._owner(of)
        return made_by == self._graph.objects[self._object(of)]

    def _owner_of_block(self, block: int) -> int:
        return int(self._graph.blocks.owner[block])

    def _owner(self, of: str) -> int:
        return self._graph.object_owners[self._object(of)]

    def _object(self, name: str) -> int:
        if name not in self._graph.objects:
            raise Unanswerable(f"no object {name}; there are {_listed(self._graph.objects)}")
        return self._graph.objects.index(name)

    @property
    def _sections(self) -> set[str]:
        blocks = self._graph.blocks
        return {self._graph.section_name(row) for row in blocks.section[blocks.live != 0].tolist()}


_WHICH = "say of which object, as the first argument"


def _of(of: str | None) -> str:
    return "" if of is None else f" of {of}"


def _listed(names: Iterable[str]) -> str:
    found = sorted(names)
    more = [f"{len(found) - _MOST_LISTED} more"] if len(found) > _MOST_LISTED else []
    return ", ".join(found[:_MOST_LISTED] + more) or "none"


def _closest(name: str, names: Iterable[str]) -> str:
    known = list(names)
    return f"there are {_listed(get_close_matches(name, known, _MOST_LISTED) or known)}"
