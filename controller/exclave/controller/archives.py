"""An archive's members as units that join a session when somebody needs them.

Owns: what becomes of a member that this linker cannot use. Must not know: sessions, who needs what. Invariant: such a
member is an error only for those who need what it defines. A linker would not have looked at it, either.
"""

from __future__ import annotations

from collections.abc import Sequence

from .errors import LinkError
from .link import defined_names, parse_object, read_archive, read_archive_index
from .units import MaterializationUnit, UnitSymbol, unit_from_graph


def units_from_archive(data: bytes, label: str) -> list[MaterializationUnit]:
    """A unit for each member; one that is unusable and defines nothing that we could know of has none.

    Raises:
        LinkError: the archive itself is none, thin, or damaged.
    """
    units: list[MaterializationUnit] = []
    index: list[tuple[str, ...]] | None = None
    for number, (member, content) in enumerate(read_archive(data, label)):
        name = f"{label}({member})"
        try:
            units.append(unit_from_graph(parse_object(content, name), name))
        except LinkError as error:
            index = read_archive_index(data, label) if index is None else index
            units += _unusable_unit(name, content, index[number], error)
    return units


def _unusable_unit(name: str, content: bytes, indexed: Sequence[str], error: LinkError) -> list[MaterializationUnit]:
    """What it defines says its own symbol table, else the archive's index."""
    try:
        symbols = [UnitSymbol(symbol, weak) for symbol, weak in defined_names(content, name)]
    except LinkError:
        symbols = [UnitSymbol(symbol, weak=False) for symbol in indexed]
    return [MaterializationUnit(name, symbols, [], error=error)] if symbols else []
