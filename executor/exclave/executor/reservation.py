"""Where a worker's reservation lies.

Owns: the choice of a base. Must not know: zones, what will be there. Invariant: nothing else is there, and the base is
random among those that do.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

from exclave.executor import kernel
from exclave.executor.zones import GRANULE, LOW_END

# The user addresses that every configuration of the kernel has: 4-level pages; 39 bits; Sv39.
_TOP = {"x86_64": 1 << 47, "aarch64": 1 << 39, "riscv64": 1 << 38}
_LOW_START = 1 << 20  # above what the kernel keeps against null pointers
_HEAP_ROOM = 16 << 20  # behind what is mapped: it may be the heap, which grows


def reserve(size: int) -> int:
    """Reserves an inaccessible range at a random address that nothing uses; a low one if there is one.

    Below 2 GiB everything is in reach of absolute 32-bit addresses, which position-dependent code has.
    """
    flags = kernel.MAP_PRIVATE | kernel.MAP_ANONYMOUS | kernel.MAP_NORESERVE | kernel.MAP_FIXED_NOREPLACE
    for base in itertools.chain(_low_bases(size), _high_bases(size)):
        try:
            got = kernel.mmap(base, size, kernel.PROT_NONE, flags)
        except OSError:
            continue
        if got == base:  # kernels before 4.17 take the address for a hint
            return base
    raise MemoryError(f"no free range of {size} bytes found")


def _low_bases(size: int) -> Iterator[int]:
    """A random base in each gap below 2 GiB that is large enough, in random order."""
    gaps = [(-(-start // GRANULE), (end - size) // GRANULE) for start, end in _low_gaps() if end - start >= size]
    for first, last in sorted(gaps, key=lambda _: os.urandom(8)):
        if first <= last:
            yield (first + int.from_bytes(os.urandom(8)) % (last - first + 1)) * GRANULE


def _low_gaps() -> list[tuple[int, int]]:
    """What is free there, as [start, end)."""
    try:
        lines = Path("/proc/self/maps").read_text().splitlines()
    except OSError:
        return [(_LOW_START, LOW_END)]
    taken = [tuple(int(word, 16) for word in line.split(" ", 1)[0].split("-")) for line in lines]
    low = [(start, end) for start, end in taken if start < LOW_END]
    starts = [_LOW_START, *(end + _HEAP_ROOM for _, end in low)]
    return list(zip(starts, [*(start for start, _ in low), LOW_END], strict=True))


def _high_bases(size: int) -> Iterator[int]:
    low, high = 1 << 34, _TOP.get(kernel.MACHINE, 1 << 38) - size - (1 << 34)
    for _ in range(100):
        yield (low + int.from_bytes(os.urandom(8)) % (high - low)) & -GRANULE
