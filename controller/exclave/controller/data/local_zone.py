"""The data zone when it is mapped into this process too.

Owns: this side's view of the zone's bytes. Must not know: sessions, descriptors' origin. Invariant: every range is
checked against the mapping before it is touched; the mapping stays for as long as anything views it.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Sequence

import numpy as np

from ..memory import MemoryManager
from .holes import punch_hole
from .ranges import ZoneRanges
from .zone import closed, outside

PUNCH_BYTES = 1 << 20
"""From this size on, punching is cheaper than writing zeros."""


class LocalZone(ZoneRanges):
    """`DataZone` on the executor's host.

    `memory` maps the whole zone, writable, which begins at `base` in the worker. `descriptor`, if there is one, is the
    zone's memory file, and stays its giver's. Nobody else closes `memory`: it goes when the last view of it does.
    """

    def __init__(self, memory: mmap.mmap, base: int, manager: MemoryManager, descriptor: int = -1) -> None:
        super().__init__(manager, len(memory))
        self._bytes = memoryview(memory).cast("B")
        self._memory: mmap.mmap | None = memory
        self._base = base
        self._size = len(memory)
        self._descriptor = descriptor
        self._pid = os.getpid()

    def view(self, address: int, size: int) -> memoryview:
        """As `DataZone.view`."""
        offset = address - self._base
        if offset < 0 or size < 0 or offset + size > self._size:
            raise self._refused(address, size)
        return self._bytes[offset : offset + size]

    def read(self, address: int, size: int) -> bytes:
        """As `DataZone.read`."""
        return self.view(address, size).tobytes()

    def write(self, address: int, data: bytes | bytearray | memoryview) -> None:
        """As `DataZone.write`."""
        size = memoryview(data).nbytes
        offset = address - self._base
        if self._memory is None or offset < 0 or offset + size > self._size:
            raise self._refused(address, size)
        self._memory[offset : offset + size] = data  # takes any C-contiguous buffer, which memoryview does not

    def write_all(self, contents: Sequence[tuple[int, memoryview]]) -> None:
        """As `DataZone.write_all`."""
        for address, data in contents:
            self.write(address, data)

    def read_into(self, places: Sequence[tuple[int, memoryview]]) -> None:
        """As `DataZone.read_into`."""
        for address, place in places:
            place[:] = self.view(address, len(place))

    def zero(self, address: int, size: int) -> None:
        """As `DataZone.zero`."""
        place = self.view(address, size)
        if size < PUNCH_BYTES or not self._punch(address, size):
            np.frombuffer(place, np.uint8).fill(0)

    def _punch(self, address: int, size: int) -> bool:
        return self._descriptor >= 0 and punch_hole(self._descriptor, address - self._base, size)

    def _give_back_pages(self, address: int, size: int) -> None:
        if self._size and os.getpid() == self._pid:  # a forked child has its own idea of what is free
            self._punch(address, size)

    def close(self) -> None:
        """After this every use raises, but views that were handed out stay."""
        self._size, self._descriptor = 0, -1
        self._bytes, self._memory = memoryview(b""), None

    def _refused(self, address: int, size: int) -> Exception:
        if not self._size:
            return closed()
        return outside(address, size)
