"""The data zone when it is far away: every byte goes through the executor's daemon.

Owns: nothing but ranges. Must not know: gRPC. Invariant: nothing is mapped here, so `view` has nothing to give.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ..errors import ExclaveError
from ..memory import MemoryManager
from .ranges import ZoneRanges
from .zone import closed, lost


class MemoryTransport(Protocol):
    """What reaches the executor's memory; it checks ranges over there."""

    def read_memory(self, address: int, size: int) -> bytes:
        """A copy of the bytes."""
        ...

    def read_into(self, places: Sequence[tuple[int, memoryview]]) -> None:
        """Fill views, which are flat and of bytes."""
        ...

    def write_memory(self, contents: Sequence[tuple[int, bytes | memoryview]]) -> None:
        """Put the contents at their addresses; a memoryview is flat and of bytes."""
        ...

    def zero_memory(self, address: int, size: int) -> None:
        """Make the bytes zero, and give whole pages back to the system."""
        ...


class RemoteZone(ZoneRanges):
    """`DataZone` from afar; `size` is the zone's, in bytes."""

    def __init__(self, transport: MemoryTransport, manager: MemoryManager, size: int) -> None:
        super().__init__(manager, size)
        self._transport: MemoryTransport | None = transport

    def view(self, address: int, size: int) -> None:
        """As `DataZone.view`: there is none."""

    def read(self, address: int, size: int) -> bytes:
        """As `DataZone.read`."""
        return self._open().read_memory(address, size) if size else b""

    def write(self, address: int, data: bytes | bytearray | memoryview) -> None:
        """As `DataZone.write`."""
        content = memoryview(data)
        if content.nbytes:
            self._open().write_memory([(address, content.cast("B"))])

    def write_all(self, contents: Sequence[tuple[int, memoryview]]) -> None:
        """As `DataZone.write_all`."""
        some = [content for content in contents if len(content[1])]
        if some:
            self._open().write_memory(some)

    def read_into(self, places: Sequence[tuple[int, memoryview]]) -> None:
        """As `DataZone.read_into`."""
        some = [place for place in places if len(place[1])]
        if some:
            self._open().read_into(some)

    def zero(self, address: int, size: int) -> None:
        """As `DataZone.zero`."""
        if size:
            self._open().zero_memory(address, size)

    def _give_back_pages(self, address: int, size: int) -> None:
        try:
            self.zero(address, size)
        except ExclaveError:
            pass  # the worker or the session ended, and with it all its memory

    def close(self) -> None:
        """After this every use raises."""
        self._transport = None

    def _open(self) -> MemoryTransport:
        if self._transport is None:
            raise closed()
        if self.lost:
            raise lost()
        return self._transport
