"""What is mapped where in the emulated process: the same pages in this one, and for the emulated processor.

Owns: the mappings. Must not know: what they are for. Invariant: a range of addresses is mapped once, with the
protection that the processor keeps to, and that the library keeps to as well, which reads and writes from here.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass

from exclave.executor import kernel
from unicorn import UC_PROT_EXEC, UC_PROT_READ, UC_PROT_WRITE, Uc

READ, WRITE, EXECUTE = UC_PROT_READ, UC_PROT_WRITE, UC_PROT_EXEC


class NotMappedError(Exception):
    """An address that cannot be used so: a fault of whoever gave it."""

    def __init__(self, address: int) -> None:
        super().__init__(f"{address:#x} is not mapped, or not to be written")
        self.address = address


@dataclass(frozen=True)
class Region:
    """A mapping. `place`: where its first byte is in this process."""

    address: int
    size: int
    protection: int
    place: int

    @property
    def end(self) -> int:
        """The first address behind it."""
        return self.address + self.size


class AddressSpace:
    """The mappings of one emulated process. Regions are added and never removed."""

    def __init__(self, uc: Uc) -> None:
        self._uc = uc
        self._regions: list[Region] = []

    def map(self, address: int, size: int, protection: int, descriptor: int = -1) -> Region:
        """Map `size` bytes at `address`: zeros, or what a file has."""
        anonymous = kernel.MAP_ANONYMOUS if descriptor < 0 else 0
        needed = kernel.PROT_READ | (kernel.PROT_WRITE if protection & WRITE else 0)
        place = kernel.mmap(0, size, needed, kernel.MAP_SHARED | anonymous | kernel.MAP_NORESERVE, descriptor)
        self._uc.mem_map_ptr(address, size, protection, place)
        self._regions.append(Region(address, size, protection, place))
        return self._regions[-1]

    def is_mapped(self, address: int) -> bool:
        """Whether something is there."""
        return any(region.address <= address < region.end for region in self._regions)

    def _place(self, address: int, size: int, protection: int = READ) -> int:
        """Where it is in this process. Raises: NotMappedError."""
        for region in self._regions:
            if region.address <= address < region.end:
                if address + size > region.end or protection & ~region.protection:
                    break
                return region.place + address - region.address
        raise NotMappedError(address)

    def read(self, address: int, size: int) -> bytes:
        """A copy. Raises: NotMappedError."""
        return ctypes.string_at(self._place(address, size), size) if size else b""

    def write(self, address: int, data: bytes) -> None:
        """As the process's own code would. Raises: NotMappedError."""
        if data:
            ctypes.memmove(self._place(address, len(data), WRITE), data, len(data))

    def read_string(self, address: int) -> bytes:
        """The C string there, without its NUL: in the region that it begins in. Raises: NotMappedError."""
        return ctypes.string_at(self._place(address, 1))

    def word(self, address: int, size: int = 8) -> int:
        """The unsigned number there."""
        return int.from_bytes(self.read(address, size), "little")

    def set_word(self, address: int, value: int, size: int = 8) -> None:
        """Put a number there."""
        self.write(address, (value & (1 << 8 * size) - 1).to_bytes(size, "little"))

    def shared_word(self, address: int) -> ctypes.c_uint32:
        """Four bytes, as whoever else has mapped them sees them. Raises: NotMappedError."""
        return ctypes.c_uint32.from_address(self._place(address, 4))
