"""Symbols of a worker's process: finding them, and remembering which addresses were given out.

Owns: the cache, the packing of lookups. Must not know: gRPC, memory.
Invariant: `knows(address)` holds exactly for addresses that a lookup or the bootstrap gave out.

Slots of `lookup` (the session runtime's): u64 n, then n u64 results, then n NUL-terminated names, back to
back.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence

from exclave.executor.errors import InvalidArgumentError
from exclave.executor.runtime import Runtime
from exclave.executor.zones import MAX_SLOTS

MAX_NAME = 8192
_MAX_ADDRESS = 1 << 63


class SymbolTable:
    """What is known of the symbols of one worker."""

    def __init__(self, runtime: Runtime, bootstrap: Mapping[str, int]) -> None:
        self._runtime = runtime
        self._cache: dict[str, int] = {name: address for name, address in bootstrap.items() if address}
        self._addresses = set(self._cache.values())

    def knows(self, address: int) -> bool:
        """Whether the address was given out."""
        return address in self._addresses

    def lookup(self, names: Sequence[str], deadline: float | None) -> list[int]:
        """Finds addresses, 0 for names that do not exist.

        Raises: InvalidArgumentError, and what Runtime.control raises.
        """
        for index, name in enumerate(names):
            check_name(name, index)
        self._runtime.points()
        missing = [name for name in dict.fromkeys(names) if name not in self._cache]
        found: dict[str, int] = {}
        for batch in _batches(missing):
            found.update(zip(batch, self._ask(batch, deadline), strict=True))
        self._remember(found)
        return [self._cache.get(name, 0) for name in names]

    def _remember(self, found: Mapping[str, int]) -> None:
        """Keeps what exists; what does not may exist later, when the session has loaded a library."""
        real = {name: address for name, address in found.items() if address}
        self._cache.update(real)
        self._addresses.update(real.values())

    def _ask(self, names: Sequence[str], deadline: float | None) -> list[int]:
        encoded = b"".join(name.encode() + b"\0" for name in names)
        slots = struct.pack("<Q", len(names)) + bytes(8 * len(names)) + encoded
        outcome = self._runtime.control(self._runtime.points().lookup, slots, deadline)
        addresses = list(struct.unpack_from(f"<{len(names)}Q", outcome.result, 8))
        if outcome.ending or any(address >= _MAX_ADDRESS for address in addresses):
            raise self._runtime.break_off("a lookup gave what no lookup gives")
        return addresses


def check_name(name: str, index: int) -> None:
    """Raises InvalidArgumentError unless `name` can be the name of a symbol."""
    size = len(name.encode())
    if not name or "\0" in name or size > MAX_NAME:
        what = "is empty" if not name else "holds a NUL" if "\0" in name else f"has {size} bytes, more than {MAX_NAME}"
        raise InvalidArgumentError("BAD_SYMBOL_NAME", f"symbol name {index} {what}", index=index)


def _batches(names: Sequence[str]) -> Iterator[list[str]]:
    """Cuts names into batches that fit a lane's slots."""
    batch: list[str] = []
    size = 8
    for name in names:
        more = 8 + len(name.encode()) + 1
        if size + more > MAX_SLOTS:
            yield batch
            batch, size = [], 8
        batch.append(name)
        size += more
    if batch:
        yield batch
