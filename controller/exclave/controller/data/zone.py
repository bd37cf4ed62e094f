"""The data zone, as this side uses it: what everything in this package needs of it.

Owns: the words. Must not know: whether the zone is mapped here or far away. Invariant: what lies in the zone is shared
with foreign code: its bytes are values, never sizes, offsets or addresses that this side follows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ..errors import DataLostError, ExecutorRefusedError, SessionClosedError


class DataZone(Protocol):
    """Allocates in a session's data zone, reads and writes it. All methods may be called from several threads.

    `lost`: its worker is no more and another one has taken its place; what was in the zone is nowhere now.
    """

    lost: bool

    def allocate(self, size: int, alignment: int = 8) -> int:
        """The address of `size` bytes that nobody else has, at a multiple of `alignment`, a power of two.

        What lies there is what was there before. Raises:
            OutOfMemoryError: the zone has no free range of that size.
        """
        ...

    def free(self, address: int) -> None:
        """Give back what `allocate` returned, once.

        Raises:
            ExclaveError: nothing that begins there is allocated.
        """
        ...

    def discard(self, address: int) -> None:
        """As `free`, at a later time: takes no lock and raises nothing, so that the garbage collector may call it."""
        ...

    def collect(self) -> None:
        """Free now what was discarded."""
        ...

    def holders(self) -> dict[int, bool]:
        """Addresses of the ranges that were taken of the zone; whether somebody uses them, or they are kept."""
        ...

    def view(self, address: int, size: int) -> memoryview | None:
        """The bytes themselves, writable; None if the zone is not mapped here. It does not keep them allocated."""
        ...

    def read(self, address: int, size: int) -> bytes:
        """A copy of the bytes."""
        ...

    def write(self, address: int, data: bytes | bytearray | memoryview) -> None:
        """Put C-contiguous bytes there."""
        ...

    def write_all(self, contents: Sequence[tuple[int, memoryview]]) -> None:
        """Put each of the contents, which are flat and of bytes, at its address; from afar in one go."""
        ...

    def read_into(self, places: Sequence[tuple[int, memoryview]]) -> None:
        """Fill each view, which is flat and of bytes, with what lies at its address; from afar in one go."""
        ...

    def zero(self, address: int, size: int) -> None:
        """Make the bytes zero."""
        ...

    def close(self) -> None:
        """After this every use raises, but views that were handed out stay."""
        ...


def outside(address: int, size: int) -> ExecutorRefusedError:
    """The error for a range that is not within the data zone; the executor gives the same from afar."""
    return ExecutorRefusedError(
        f"{size} bytes at {address:#x} are not within the session's data zone",
        reason="RANGE_OUTSIDE_ZONES",
        status="OUT_OF_RANGE",
        facts={"address": f"{address:#x}", "size": str(size)},
    )


def lost() -> DataLostError:
    """The error for what lay in a zone that is lost."""
    return DataLostError(
        "it lay in the memory of a worker that is no more: the session has another one, to which arrays are not "
        "carried over; make it again with session.array() or session.asarray()"
    )


def closed() -> SessionClosedError:
    """The error for a zone whose session was closed."""
    return SessionClosedError("the session is closed, and what was in its memory is gone with it")
