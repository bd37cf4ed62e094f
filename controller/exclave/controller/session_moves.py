"""Absolute definitions of a session whose worker is no more: which of them lay in it, and what they stood for.

Owns: that question. Must not know: how anything is linked again. Invariant: an address outside of the dead worker's
zones (a symbol of its process, a number that means something else) stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .crash.code_map import CodeMap
from .model import Zone, ZoneRange

if TYPE_CHECKING:
    from .calls.callbacks import Callback


@dataclass(frozen=True)
class Move:
    """What an address stood for: a callback, or `offset` bytes behind a symbol; neither: it is lost."""

    callback: Callback | None = None
    symbol: str = ""
    offset: int = 0


def find_moves(
    definitions: Mapping[str, int | Callback], code_map: CodeMap, zones: Mapping[Zone, ZoneRange]
) -> dict[str, Move]:
    """The definitions that must move, by name."""
    moves = {}
    for name, given in definitions.items():
        if not isinstance(given, int):
            moves[name] = Move(callback=given)
        elif any(zone.address <= given < zone.address + zone.size for zone in zones.values()):
            place = code_map.find(given)
            found = place is not None and not place.freed and place.name
            moves[name] = Move(symbol=place.name, offset=place.offset) if place is not None and found else Move()
    return moves
