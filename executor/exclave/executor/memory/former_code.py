"""Which pages of the code zone have held code that is gone.

Owns: that record. Must not know: what lies there now. Invariant: a page that is noted stays noted, since a thread may
fetch what is there between one code and the next as well.
"""

from __future__ import annotations

from exclave.executor.memory.virtmem import PAGE


class FormerCode:
    """The record of one zone, by offset in it."""

    def __init__(self, size: int) -> None:
        self._pages = bytearray(-(-size // PAGE))

    def note(self, start: int, end: int) -> None:
        """Bytes [start, end) were code."""
        first, last = start // PAGE, -(-end // PAGE)
        self._pages[first:last] = b"\1" * (last - first)

    def any_in(self, start: int, end: int) -> bool:
        """Whether a page of bytes [start, end) was code."""
        return self._pages.find(1, start // PAGE, -(-end // PAGE)) >= 0
