"""Resource trackers: what was added, to be removed as one.

Owns: nothing but names for people. Must not know: how removal works. Invariant: `remove()` may be called any
number of times. (orc::ResourceTracker)
"""

from __future__ import annotations

from collections.abc import Callable

from .units import MaterializationUnit


class ResourceTracker:
    """What one `add_...` added to a session."""

    def __init__(self, unit: MaterializationUnit, remove: Callable[[MaterializationUnit], None]) -> None:
        self._unit = unit
        self._remove = remove

    @property
    def name(self) -> str:
        """The unit's name, as in error messages."""
        return self._unit.name

    @property
    def symbols(self) -> tuple[str, ...]:
        """The names that it defines."""
        return tuple(symbol.name for symbol in self._unit.definitions)

    @property
    def live(self) -> bool:
        """Whether its code is in the executor's memory."""
        return self._unit.state == "live"

    def remove(self) -> None:
        """Forget it; if it is live, run its finalizers and free its memory.

        Code elsewhere that refers to it must not run any more.
        """
        self._remove(self._unit)

    def __repr__(self) -> str:
        return f"<ResourceTracker {self._unit.name}: {self._unit.state}>"
