"""malloc's memory.

Owns: which pieces are taken. Must not know: what is in them. Invariant: a piece is given back once, by its address.
"""

from __future__ import annotations

_ALIGNMENT = 16


class Heap:
    """Memory from `start` on, of which nothing is ever moved."""

    def __init__(self, start: int, size: int) -> None:
        self._next, self._end = start, start + size
        self._taken: dict[int, int] = {}
        self._free: dict[int, list[int]] = {}

    def take(self, size: int) -> int:
        """The address of `size` bytes; 0 if there are no more."""
        rounded = max(_ALIGNMENT, (size + _ALIGNMENT - 1) & -_ALIGNMENT)
        free = self._free.get(rounded)
        address = free.pop() if free else self._next
        if address == self._next:
            if address + rounded > self._end:
                return 0
            self._next += rounded
        self._taken[address] = rounded
        return address

    def give_back(self, address: int) -> None:
        """What `take` gave. Raises: ValueError: nothing of it."""
        size = self._taken.pop(address, 0)
        if not size:
            raise ValueError(f"free({address:#x}): nothing is allocated there")
        self._free.setdefault(size, []).append(address)

    def size_of(self, address: int) -> int:
        """Bytes of what lies there."""
        return self._taken[address]
