"""What names stand for: which units they reach, where these lie.

Owns: the search through JITDylibs and the worker's process. Must not know: compiling, linking, shipping. Invariant: its
user holds the session's lock, except for `all_live`, which takes none: calls must not wait for another thread's lookup.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from .dylib import JITDylib, SymbolEntry
from .errors import LinkError, UndefinedSymbolsError
from .link import LinkedImage
from .linked_batch import LinkedBatch
from .model import ExecutorAddr
from .process_symbols import ProcessSymbols
from .units import MaterializationUnit, UnitSymbol


class Reached(NamedTuple):
    """What names reach that is not live: units to make live, and batches that others are making live."""

    pending: list[MaterializationUnit]
    in_flight: list[LinkedBatch]


class Resolver:
    """Finds definitions, for one session's worker."""

    def __init__(self, dylibs: Sequence[JITDylib], process: ProcessSymbols) -> None:
        """`dylibs` in search order."""
        self._dylibs = dylibs
        self._process = process

    def all_live(self, names: Sequence[str]) -> dict[str, ExecutorAddr] | None:
        """Their addresses, if all are live already: calls must not wait for another thread's compile."""
        entries = [self._search_live(name) for name in names]
        if not all(entries):
            return None
        return {name: ExecutorAddr(address) for name, address in zip(names, entries, strict=True) if address}

    def _search_live(self, name: str) -> int | None:
        """One dictionary look-up per dylib, which needs no lock."""
        entry = self._search(name, pull=False)
        return None if entry is None else entry.live_address

    def _search(self, name: str, *, pull: bool = True) -> SymbolEntry | None:
        for dylib in self._dylibs:
            entry = dylib.find(name, pull=pull)
            if entry is not None:
                return entry
        return None

    def collect(self, names: Sequence[str], linking: Sequence[LinkedBatch] = ()) -> Reached:
        """All that `names` reach and that is not live, in the order in which it is reached; `linking` are batches that
        are in flight soon."""
        units: dict[MaterializationUnit, None] = {}
        batches: dict[LinkedBatch, None] = {}
        wanted = list(names)
        for name in wanted:  # grows while we walk it
            entry = self._search(name)
            if entry is None or entry.unit is None or entry.unit.state == "live" or entry.unit in units:
                continue
            batch = entry.unit.batch
            if batch is not None and (entry.unit.state == "in flight" or batch in linking):
                batches[batch] = None
                continue
            _check_free(name, entry.unit)
            units[entry.unit] = None
            wanted += entry.unit.needs
            wanted += [name for name in entry.unit.weak_references if self._defines(name)]
            wanted += self._overridden(entry.unit)
        return Reached(list(units), list(batches))

    def _defines(self, name: str) -> bool:
        """Whether somebody defines `name` already; a weak reference pulls no archive member."""
        return self._search(name, pull=False) is not None

    def _overridden(self, unit: MaterializationUnit) -> list[str]:
        """The names that `unit` defines weakly but whose definition is another's."""
        weak = [symbol.name for symbol in unit.definitions if symbol.weak]
        return [name for dylib in self._dylibs for name in dylib.not_of(unit, weak)] if weak else []

    def find_external(self, names: Sequence[str]) -> Mapping[str, int]:
        """Those of the asked names that only the worker's process defines."""
        unknown = [name for name in names if self._search(name) is None]
        found = self._process.find(unknown)
        missing = [name for name in unknown if name not in found]
        if missing:
            raise UndefinedSymbolsError(dict.fromkeys(missing, ()))
        return found

    def overridden_by_placed(self, unit: MaterializationUnit) -> list[str]:
        """Weak names of `unit` that have their place already or are absolute: its own definitions give way.

        Raises:
            LinkError: it has a common symbol that is larger than the one which has its place.
        """
        overridden = self._overridden(unit)
        if not overridden:  # of nearly all units
            return []
        entries = {name: self._search(name) for name in overridden}
        placed = {name: entry for name, entry in entries.items() if entry is not None and entry.address is not None}
        for symbol in unit.definitions:
            if symbol.name in placed:
                _check_common(unit, symbol, placed[symbol.name].symbol)
        return list(placed)

    def resolve(self, names: Sequence[str]) -> dict[str, int]:
        """Addresses for what the batch leaves undefined; what nobody has is left out."""
        entries = {name: self._search(name) for name in names}
        found = {name: entry.address for name, entry in entries.items() if entry and entry.address is not None}
        return found | self._process.find([name for name, entry in entries.items() if entry is None])

    def require(self, names: Sequence[str], batches: Sequence[LinkedBatch], image: LinkedImage) -> None:
        """What was asked for of these will have an address: known before anything is shipped."""
        absent = [name for name in names if name not in image.symbols]
        ours = {unit for batch in batches for unit in batch.units} if absent else set()
        for name in absent:
            entry = self._search(name)
            if entry is not None and entry.unit in ours:
                hint = f"{entry.unit.name} declared it, but its object does not define it"
                raise UndefinedSymbolsError({name: ()}, hint=hint)

    def note_uses(self, unit: MaterializationUnit, definers: Mapping[str, MaterializationUnit]) -> None:
        """Record which units a linked one refers to; `definers` by what is defined in its own batch, which wins."""
        overridden = self._overridden(unit)
        if overridden and unit.graph is not None:
            overridden = list(unit.graph.targets().intersection(overridden))
        for name in (*unit.needs, *unit.weak_references, *overridden):
            entry = None if name in definers else self._search(name, pull=False)
            used = definers.get(name) if entry is None else entry.unit
            if used is not None:
                unit.use(used)

    def addresses(self, names: Sequence[str], external: Mapping[str, int]) -> dict[str, ExecutorAddr] | None:
        """Where the names lie; None if somebody has removed one meanwhile."""
        entries = {name: self._search(name, pull=False) for name in names}
        found = {name: external.get(name) if entry is None else entry.address for name, entry in entries.items()}
        known = {name: ExecutorAddr(address) for name, address in found.items() if address is not None}
        return known if len(known) == len(found) else None


def _check_free(name: str, unit: MaterializationUnit) -> None:
    if unit.state == "leaving":
        raise LinkError(f"{name}: {unit.name}, which defines it, is being removed")
    if unit.state == "linking":
        raise LinkError(
            f"{name}: {unit.name}, which defines it, is being linked: a pass of that link cannot look it up"
        )


def _check_common(unit: MaterializationUnit, symbol: UnitSymbol, live: UnitSymbol) -> None:
    """A common symbol is as large as its largest definition; one that is live cannot grow any more."""
    if live.common_size and symbol.common_size > live.common_size:
        raise LinkError(
            f"{unit.name}: the common symbol {symbol.name} has {symbol.common_size} bytes here, but it is live with "
            f"{live.common_size}: add all objects that define it before the first lookup that reaches it"
        )
