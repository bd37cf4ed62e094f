"""Which members of archives a link needs, by the rules of GNU ld with all archives in one --start-group.

Owns: the rules. Must not know: files, how anything is linked. Invariant: the same members for the same input, in the
archives' order; linear in the number of symbols. (binutils, bfd/elflink.c: elf_link_add_archive_symbols)

What is undefined pulls the first member that defines it: strongly, weakly or as common. What is only common pulls the
first that defines it as data, strongly. A weak reference pulls nothing, and what a member needs pulls further ones.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from enum import IntEnum

from ..errors import LinkError
from ..units import MaterializationUnit, UnitSymbol


class _State(IntEnum):
    """What there is of a name so far."""

    COMMON = 1
    DEFINED = 2


def pull_members(
    units: Sequence[MaterializationUnit],
    members: Sequence[MaterializationUnit],
    wanted: Iterable[str],
    defined: Iterable[str],
) -> list[MaterializationUnit]:
    """Those of `members` that the units, and the names that are `wanted` besides, need; `defined` ones need none.

    Raises:
        LinkError: a member that is needed cannot be used.
    """
    pull = _Pull(members, defined)
    for unit in units:
        pull.enter(unit)
    pull.wanted += wanted
    pull.run()
    return [members[number] for number in sorted(pull.pulled)]


class _Pull:
    """One search."""

    def __init__(self, members: Sequence[MaterializationUnit], defined: Iterable[str]) -> None:
        self.wanted: list[str] = []
        self.pulled: set[int] = set()
        self._members = members
        self._states = dict.fromkeys(defined, _State.DEFINED)
        self._definers: dict[str, int] = {}
        self._data_definers: dict[str, int] = {}
        for number, member in enumerate(members):
            for symbol in member.definitions:
                self._definers.setdefault(symbol.name, number)
                if not symbol.weak and not symbol.callable:
                    self._data_definers.setdefault(symbol.name, number)

    def enter(self, unit: MaterializationUnit) -> None:
        """Take what a unit defines, and look later for what it needs."""
        for symbol in unit.definitions:
            state = _state_of(symbol)
            self._states[symbol.name] = max(state, self._states.get(symbol.name, state))
            if state is _State.COMMON:
                self.wanted.append(symbol.name)
        self.wanted += unit.references

    def run(self) -> None:
        """Pull until nothing more is needed."""
        for name in self.wanted:  # grows while we walk it
            number = self._definer(name)
            if number is not None and number not in self.pulled:
                self.pulled.add(number)
                self.enter(_usable(self._members[number], name))

    def _definer(self, name: str) -> int | None:
        state = self._states.get(name)
        if state is None:
            return self._definers.get(name)
        return self._data_definers.get(name) if state is _State.COMMON else None


def _state_of(symbol: UnitSymbol) -> _State:
    return _State.COMMON if symbol.common_size else _State.DEFINED


def _usable(member: MaterializationUnit, name: str) -> MaterializationUnit:
    if member.error is not None:
        error: LinkError = copy.copy(member.error)
        error.add_note(f"needed for {name}, which nothing else defines")
        raise error
    return member
