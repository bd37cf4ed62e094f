"""All memory of a worker, read and written whatever it is: zones directly, the rest (stacks, malloc's) by the worker.

Owns: which way an address takes. Must not know: types. Invariant: an address that nothing has is a crash of the worker,
as it is for its own code; no message is larger than a lane has room for.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ..checks import checked_range
from ..errors import ExecutorError
from ..model import Zone, ZoneRange
from .caller import Caller

if TYPE_CHECKING:
    from ..data.zone import DataZone

PIECE = 1024
"""Bytes for each call: in a callback within callbacks there is not much room left in the lane."""
PAGE = 4096
_PLACE = struct.Struct("<QQ")


class WorkerMemory:
    """One session's. Usable in callbacks: calls that it makes nest."""

    def __init__(
        self,
        zones: Mapping[Zone, ZoneRange],
        data: DataZone,
        read_zone: Callable[[int, int], bytes],
        caller: Caller,
        entries: Callable[[], tuple[int, int]],
    ) -> None:
        """`read_zone` reads any zone; `entries` gives the addresses of the runtime's peek and poke."""
        self._zones = zones
        self._data = data
        self._read_zone = read_zone
        self._caller = caller
        self._entries = entries

    def read(self, address: int, size: int) -> bytes:
        """`size` bytes at `address`.

        Raises:
            SignatureError: addresses do not reach there. ExecutorError: the worker does not say.
        """
        checked_range(address, size)
        match self._zone_of(address, size):
            case "data":
                return self._data.read(address, size)
            case None:
                return b"".join(self._peek(start, count) for start, count in _pieces(address, size))
        return self._read_zone(address, size)

    def write(self, address: int, data: bytes) -> None:
        """Write `data` at `address`. Raises as `read`."""
        checked_range(address, len(data))
        if self._zone_of(address, len(data)) == "data":
            self._data.write(address, data)
            return
        for start, count in _pieces(address, len(data)):
            self._poke(start, data[start - address : start - address + count])

    def read_string(self, address: int, most: int = 1 << 20) -> bytes:
        """The C string at `address`, without its NUL; cut off after `most` bytes. Never reads a page beyond its NUL."""
        parts: list[bytes] = []
        while most > 0:
            count = min(PAGE - address % PAGE, most, PIECE)
            head, nul, _ = self.read(address, count).partition(b"\0")
            parts.append(head)
            if nul:
                break
            address, most = address + count, most - count
        return b"".join(parts)

    def _zone_of(self, address: int, size: int) -> Zone | None:
        inside = (
            zone.zone
            for zone in self._zones.values()
            if zone.address <= address and address + size <= zone.address + zone.size
        )
        return next(inside, None)

    def _peek(self, address: int, size: int) -> bytes:
        slots = _PLACE.pack(address, size)
        return self._call(0, slots, size, f"read {size} bytes at {address:#x}")

    def _poke(self, address: int, data: bytes) -> None:
        slots = _PLACE.pack(address, len(data)) + data
        self._call(1, slots, 0, f"write {len(data)} bytes at {address:#x}")

    def _call(self, which: int, slots: bytes, size: int, doing: str) -> bytes:
        entry = self._entries()[which]  # it calls no function, but the executor wants one that is
        outcome = self._caller.call(entry, entry, slots, size, None, doing)
        if outcome.exited is not None:  # our own code in the worker calls no exit(): somebody else answered
            raise ExecutorError(f"{doing}: the worker says that it called exit({outcome.exited})")
        return outcome.result


def _pieces(address: int, size: int) -> list[tuple[int, int]]:
    return [(start, min(PIECE, address + size - start)) for start in range(address, address + size, PIECE)]
