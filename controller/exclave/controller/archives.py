"""An archive's members as units that join a session when somebody needs them, or all at once.

Owns: what becomes of a member that this linker cannot use. Must not know: sessions, who needs what. Invariant: such a
member is an error only for who needs what it defines, or wants all. A linker would not have looked at it, either.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .errors import LinkError
from .link import defined_names, read_archive, read_archive_index, read_object
from .units import MaterializationUnit, UnitSymbol, unit_from_graph


def units_from_archive(data: bytes, label: str, folder: Path | None = None) -> list[MaterializationUnit]:
    """A unit for each member; one that is unusable and defines nothing that we could know of has none.

    `folder` is the archive's own, where a thin one's files are.

    Raises:
        LinkError: the archive itself is none, or damaged; or it is thin, and a file of it is not there.
    """
    units: list[MaterializationUnit] = []
    index: list[tuple[str, ...]] | None = None
    for number, (name, content) in enumerate(_members(data, label, folder)):
        try:
            units.append(unit_from_graph(read_object(content, name), name))
        except LinkError as error:
            index = read_archive_index(data, label) if index is None else index
            units += _unusable_unit(name, content, index[number], error)
    return units


def all_units_from_archive(data: bytes, label: str, folder: Path | None = None) -> list[MaterializationUnit]:
    """A unit for each member.

    Raises:
        LinkError: as `units_from_archive`; or a member cannot be used.
    """
    units = []
    for name, content in _members(data, label, folder):
        try:
            units.append(unit_from_graph(read_object(content, name), name))
        except LinkError as error:
            error.add_note("needed since the whole archive is wanted, not only members that define something undefined")
            raise
    return units


def _members(data: bytes, label: str, folder: Path | None) -> list[tuple[str, bytes]]:
    """Their contents, each with what its unit is called."""
    return [(f"{label}({member})", content) for member, content in read_archive(data, label, folder)]


def _unusable_unit(name: str, content: bytes, indexed: Sequence[str], error: LinkError) -> list[MaterializationUnit]:
    """What it defines says its own symbol table, else the archive's index."""
    try:
        symbols = [UnitSymbol(symbol, weak) for symbol, weak in defined_names(content, name)]
    except LinkError:
        symbols = [UnitSymbol(symbol, weak=False) for symbol in indexed]
    return [MaterializationUnit(name, symbols, [], error=error)] if symbols else []
