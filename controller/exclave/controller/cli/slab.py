"""Where `exclave link --no-exec` puts what it links, and other numbers of its command line.

Owns: a flat range of addresses in place of a reservation. Must not know: what lies there. Invariant: each segment is
inside the range, on pages of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..alignment import align_up
from ..errors import LinkError, OutOfMemoryError
from ..link import SegmentRequest

PAGE = 4096
_END_OF_ADDRESSES = 1 << 63  # the linker's columns are signed


class Slab:
    """A range of addresses, used from its start."""

    def __init__(self, address: int, size: int) -> None:
        """
        Raises:
            LinkError: it ends where no address is.
        """
        if address + size > _END_OF_ADDRESSES:
            raise LinkError(
                f"a slab of {size:#x} bytes at {address:#x} ends at {address + size:#x}, beyond 2**63: give a smaller "
                "--slab-address or --slab-size"
            )
        self._next = address
        self._end = address + size

    def allocate(self, requests: Sequence[SegmentRequest]) -> list[int]:
        """Addresses for all segments.

        Raises:
            OutOfMemoryError: they do not fit; says how large a slab would do.
        """
        first, addresses, at = self._next, [], self._next
        for request in requests:
            addresses.append(align_up(at, max(PAGE, request.alignment)))
            at = addresses[-1] + request.size
        if at > self._end:
            self._refuse(requests, at - first)
        self._next = at
        return addresses

    def _refuse(self, requests: Sequence[SegmentRequest], wanted: int) -> None:
        size = self._end - self._next
        segments = ", ".join(f"{request.zone} {request.size}" for request in requests)
        raise OutOfMemoryError(
            f"the slab is too small: it has {size} bytes, and the segments take {wanted} ({segments}, each on pages of "
            f"its own): give --slab-size {wanted:#x} or more",
            reason="SLAB_FULL",
            status="RESOURCE_EXHAUSTED",
            facts={"wanted": str(wanted), "size": str(size)},
            wanted=wanted,
            free=size,
            largest=size,
        )


def parse_definitions(texts: Sequence[str]) -> Mapping[str, int]:
    """`SYM=ADDR` pairs.

    Raises:
        LinkError: one of them is none, or they contradict each other.
    """
    found: dict[str, int] = {}
    for text in texts:
        name, _, value = text.rpartition("=")
        if not name:
            raise LinkError(f"--define takes SYM=ADDR, not {text!r}")
        address = parse_number(value, f"--define {name}")
        if found.setdefault(name, address) != address:
            raise LinkError(f"--define {name}: it is {found[name]:#x} and {address:#x}; a symbol has one address")
    return found


def parse_number(text: str, what: str) -> int:
    """A number in C's notation, within 64 bits."""
    try:
        number = int(text, 0)
    except ValueError:
        number = -1
    if not 0 <= number < 1 << 64:
        raise LinkError(f"{what}: {text!r} is no number from 0 to 2**64 - 1 (decimal, or 0x...)")
    return number
