"""stdin, stdout and stderr: as buffered as the C library's are on a pipe.

Owns: what was printed and not yet written. Must not know: formats. Invariant: a stream is known by the address that the
variable of its name holds.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .address_space import AddressSpace
    from .library import Library

_NAMES = ("stdin", "stdout", "stderr")


class Streams:
    """The three of them."""

    def __init__(self, library: Library, memory: AddressSpace) -> None:
        self._buffers = [bytearray() for _ in _NAMES]
        self._numbers = {}
        for number, name in enumerate(_NAMES):
            variable = library.address_of(name)
            self._numbers[variable] = number  # nobody looks into a FILE: its address is enough
            memory.set_word(variable, variable)

    def number_of(self, stream: int) -> int:
        """The descriptor of a FILE*. Raises: KeyError."""
        return self._numbers[stream]

    def put(self, number: int, data: bytes) -> None:
        """Print to a descriptor's stream."""
        self._buffers[number] += data
        if number == 2:
            self.flush(number)

    def flush(self, number: int) -> None:
        """Write what was printed to it."""
        data, self._buffers[number] = bytes(self._buffers[number]), bytearray()
        while data:
            data = data[os.write(number, data) :]

    def flush_all(self) -> None:
        """All that are written to."""
        for number in (1, 2):
            self.flush(number)
