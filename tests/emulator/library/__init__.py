"""The C library of the emulated process: each name's address, and the Python function that does its work.

Owns: where functions and variables lie. Must not know: what they do: that is in the modules beside this one, each of
which adds its own to the table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..address_space import READ, WRITE, AddressSpace
from . import control, mathematics, memory, stdio, strings, threads
from .table import FUNCTIONS, VARIABLES

if TYPE_CHECKING:
    from ..thread import Thread

__all__ = ["Library", "control", "mathematics", "memory", "stdio", "strings", "threads"]
_SPACING = 16


class Library:
    """The library at an address. `reserved`: an address among its functions that is none's."""

    def __init__(self, space: AddressSpace, address: int, size: int) -> None:
        self.reserved = address
        places = range(address + _SPACING, address + size, _SPACING)
        self._addresses = dict(zip(FUNCTIONS, places, strict=False))
        self._functions = {place: FUNCTIONS[name] for name, place in self._addresses.items()}
        space.map(address + size, size, READ | WRITE)
        place = address + size
        for name, bytes_of_it in VARIABLES.items():
            self._addresses[name] = place
            place += max(_SPACING, bytes_of_it)

    def address_of(self, name: str) -> int:
        """A function's or a variable's; 0 if there is none of that name."""
        return self._addresses.get(name, 0)

    def function_at(self, address: int) -> Callable[[Thread], int | float | None] | None:
        """Whose entry it is."""
        return self._functions.get(address)
