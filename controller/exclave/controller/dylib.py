"""JITDylib: which unit defines a name, and where the name lives once it is live.

Owns: the table of names, the rules of strong and weak, archives' members that wait to be pulled. Must not know:
compiling, linking, the executor. Invariant: a name has one entry; a strong definition never gives way to another;
a weak one gives way to a strong one only while it is not live. (orc::JITDylib; ELF gABI, "Symbol Table")
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from .errors import DuplicateSymbolsError
from .units import MaterializationUnit, UnitSymbol


@dataclass(slots=True)
class SymbolEntry:
    """A name's definition: by a unit, or absolute (`unit` is None). `address` is None until it is linked."""

    symbol: UnitSymbol
    unit: MaterializationUnit | None
    address: int | None = None

    @property
    def live_address(self) -> int | None:
        """The address, once what lies there is initialized."""
        return self.address if self.unit is None or self.unit.state == "live" else None


class Code(Protocol):
    """A `SessionCode`: what was added, with the lock of all that may change it. `dylibs` in search order."""

    lock: threading.RLock
    dylibs: Sequence[JITDylib]

    def changed(self) -> None:
        """An address that somebody may keep is no more."""
        ...


def _wins(new: UnitSymbol, old: UnitSymbol) -> bool:
    """Whether a definition takes the place of one that was added before: strong over weak, the larger common one."""
    return old.weak and (not new.weak or new.common_size > old.common_size)


def _defined_twice(given: Iterable[tuple[UnitSymbol, MaterializationUnit]]) -> dict[str, tuple[str, str]]:
    """The names that two of the units define strongly, with those two."""
    first: dict[str, MaterializationUnit] = {}
    strong = [(symbol.name, unit) for symbol, unit in given if not symbol.weak]
    return {name: (other.name, unit.name) for name, unit in strong if (other := first.setdefault(name, unit)) != unit}


class JITDylib:
    """A table of names. Its user holds the lock."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._entries: dict[str, SymbolEntry] = {}
        self._units: dict[MaterializationUnit, None] = {}
        self._members: dict[str, MaterializationUnit] = {}

    def add(self, *units: MaterializationUnit) -> None:
        """Register what units define.

        Raises:
            DuplicateSymbolsError: a second strong definition; none of the units is added.
        """
        given = [(symbol, unit) for unit in units for symbol in unit.definitions]
        clashes = {s.name: (who, unit.name) for s, unit in given if (who := self._clash(s)) is not None}
        if len(units) > 1:
            clashes |= _defined_twice(given)
        if clashes:
            raise DuplicateSymbolsError(clashes)
        self._units.update(dict.fromkeys(units))
        for symbol, unit in given:
            self._enter(symbol, unit)

    def _clash(self, symbol: UnitSymbol) -> str | None:
        """Who already has the name for good, if a strong `symbol` wants it too."""
        entry = self._entries.get(symbol.name)
        if entry is None or symbol.weak or (entry.symbol.weak and entry.address is None):
            return None
        return entry.unit.name if entry.unit is not None else "an absolute definition"

    def _enter(self, symbol: UnitSymbol, unit: MaterializationUnit) -> None:
        entry = self._entries.get(symbol.name)
        if entry is None or (entry.address is None and _wins(symbol, entry.symbol)):
            self._entries[symbol.name] = SymbolEntry(symbol, unit)

    def add_members(self, units: Iterable[MaterializationUnit]) -> None:
        """Register an archive's members: each joins when something undefined needs it, the first one wins."""
        for unit in units:
            for symbol in unit.definitions:
                self._members.setdefault(symbol.name, unit)

    def define(self, name: str, address: int) -> None:
        """An absolute definition.

        Raises:
            DuplicateSymbolsError: there is a strong one already.
        """
        symbol = UnitSymbol(name, weak=False)
        clash = self._clash(symbol)
        if clash is not None:
            raise DuplicateSymbolsError({name: (clash, "an absolute definition")})
        self._entries[name] = SymbolEntry(symbol, None, address)

    def define_again(self, name: str, address: int) -> None:
        """An absolute definition of the session's own, in place of the one that was there."""
        self._entries[name] = SymbolEntry(UnitSymbol(name, weak=False), None, address)

    def undefine(self, name: str) -> None:
        """Forget an absolute definition."""
        del self._entries[name]

    def reset(self) -> list[str]:
        """The worker is no more: nothing is live. Returns the names that were, of units."""
        of_units = {name: entry for name, entry in self._entries.items() if entry.unit is not None}
        live = [name for name, entry in of_units.items() if entry.live_address is not None]
        for name, entry in of_units.items():
            self._entries[name] = replace(entry, address=None)
        for unit in self._units:
            unit.reset()
        return live

    def find(self, name: str, *, pull: bool = True) -> SymbolEntry | None:
        """The entry of `name`; pulls the archive member that defines it, if nothing else does and `pull`.

        Raises:
            LinkError: that member cannot be used. DuplicateSymbolsError: it defines something else, too, that is there.
        """
        entry = self._entries.get(name)
        if pull and entry is None and name in self._members:
            self._pull(self._members[name], name)
            entry = self._entries.get(name)
        return entry

    def _pull(self, member: MaterializationUnit, name: str) -> None:
        if member.error is not None:
            error = copy.copy(member.error)  # its notes and its traceback are this lookup's
            error.add_note(f"needed for {name}, which nothing else defines")
            raise error
        self.add(member)
        for symbol in member.definitions:
            if self._members.get(symbol.name) is member:
                del self._members[symbol.name]

    def not_of(self, unit: MaterializationUnit, names: Iterable[str]) -> list[str]:
        """Those of the names whose definition is another's than `unit`'s."""
        return [name for name in names if (entry := self._entries.get(name)) and entry.unit is not unit]

    def place(self, unit: MaterializationUnit, addresses: Mapping[str, int]) -> None:
        """Record where the names lie that are the unit's: among weak and common definitions the linker has chosen."""
        if unit not in self._units:
            return
        for symbol in unit.definitions:
            if symbol.name in addresses:
                self._entries[symbol.name] = SymbolEntry(symbol, unit, addresses[symbol.name])

    def unplace(self, unit: MaterializationUnit) -> None:
        """Undo `place`: it did not go live."""
        for symbol in unit.definitions:
            entry = self._entries.get(symbol.name)
            if entry is not None and entry.unit is unit:
                self._entries[symbol.name] = replace(entry, address=None)

    def remove(self, unit: MaterializationUnit) -> None:
        """Forget a unit, if it is one of ours; weak definitions of other units take the places it leaves."""
        if unit not in self._units:
            return
        left = self.names_of(unit)
        del self._units[unit]
        for name in left:
            del self._entries[name]
        for other in self._units:
            for symbol in other.definitions:
                if symbol.name in left and other.state == "pending":
                    self._enter(symbol, other)

    def names_of(self, unit: MaterializationUnit) -> set[str]:
        """Those of the names that `unit` defines whose definition it is."""
        names = (symbol.name for symbol in unit.definitions)
        return {name for name in names if (entry := self._entries.get(name)) is not None and entry.unit is unit}

    def succeed(self, old: MaterializationUnit, new: MaterializationUnit, definitions: Sequence[UnitSymbol]) -> None:
        """Have `new`, which is linked, define in place of `old` what both do: these are all definitions of `new`.

        `old` defines nothing any more, and is kept until it is removed.
        """
        taken = self.names_of(old)
        self.remove(old)
        old.definitions, new.definitions = (), definitions
        self._units[old] = None
        for symbol in definitions:
            address = new.addresses.get(symbol.name)
            if symbol.name in taken and address is not None:
                self._entries[symbol.name] = SymbolEntry(symbol, new, address)

    def units(self) -> list[MaterializationUnit]:
        """All units, in the order in which they were added; may be called without the lock."""
        return list(self._units)

    def clear(self) -> None:
        """Forget everything."""
        for unit in self._units:
            unit.graph = unit.parsed = unit.batch = None
        self._entries, self._units, self._members = {}, {}, {}

    def names(self) -> list[str]:
        """All names defined, sorted; for people, and for `did you mean`."""
        return sorted(self._entries)
