"""How a reservation is divided into zones, and what an address range in it is.

Owns: the order, the sizes and the arithmetic of zones and lanes. Must not know: mappings, sessions, the wire.
Invariant: the zones are adjacent, in the order of `Zone`, and their sizes are multiples of GRANULE.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

GRANULE = 65536  # the largest page size of the architectures that we know
LANE_SIZE = 65536
FIRST_FRAME = 0x0F0  # offset of the first call's frame in a lane
FRAME_HEADER = 16  # bytes of a frame before its slots
MAX_SLOTS = LANE_SIZE - FIRST_FRAME - FRAME_HEADER
MIN_RESERVATION = 1 << 20
MAX_RESERVATION = 2 << 30  # so that 32-bit PC-relative fixups reach everywhere
DEFAULT_RESERVATION = (1 << 30) - (64 << 20)  # so that it fits below LOW_END, whatever else lies there
LOW_END = 1 << 31  # below it, position-dependent code reaches everything with 32 bits
MAX_LANES = 64
DEFAULT_LANES = 4


class Zone(enum.IntEnum):
    """A part of a reservation with one protection in the worker."""

    CODE = 1
    READONLY = 2
    DATA = 3
    LANES = 4


ZONE_OF: Mapping[int, Zone] = {int(zone): zone for zone in Zone}
"""By number; quicker than `Zone(number)`, for what is asked of every segment."""


class AddressRange(NamedTuple):
    """`size` bytes from `address` on, as somebody else says: to be checked."""

    address: int
    size: int


@dataclass(frozen=True, slots=True)
class ZoneRange:
    """Where a zone lies in the worker: `size` bytes from `address` on."""

    zone: Zone
    address: int
    size: int

    @property
    def end(self) -> int:
        """The first address behind it."""
        return self.address + self.size

    def holds(self, address: int, size: int) -> bool:
        """Whether all of `size` bytes from `address` on lie in the zone. Python's integers do not wrap."""
        return self.address <= address and address + size <= self.end


def zone_sizes(reservation: int, lanes: int, memory: int = 0) -> dict[Zone, int]:
    """Divides a reservation: an eighth for code, an eighth for read-only data, the lanes at the end, data the
    rest.

    `lanes` counts call lanes: the control lane is before them, the dispatch lane and the fault record, which is
    as large as a lane, are behind them. `reservation` is rounded up to whole granules. The data zone is no larger than
    `memory`, unless that is 0: it cannot hold more than the session may.
    """
    total = round_up(reservation, GRANULE)
    eighth = round_up(total // 8, GRANULE)
    lane_bytes = (lanes + 3) * LANE_SIZE
    data = total - 2 * eighth - lane_bytes
    if memory:
        data = min(data, round_up(memory, GRANULE))
    return {Zone.CODE: eighth, Zone.READONLY: eighth, Zone.DATA: data, Zone.LANES: lane_bytes}


def place_zones(base: int, sizes: Mapping[Zone, int]) -> dict[Zone, ZoneRange]:
    """Lays the zones one after the other from `base` on."""
    ranges = {}
    for zone in Zone:
        ranges[zone] = ZoneRange(zone, base, sizes[zone])
        base += sizes[zone]
    return ranges


def round_up(value: int, granule: int) -> int:
    """Rounds up to a multiple of a power of two."""
    return (value + granule - 1) & -granule


def round_down(value: int, granule: int) -> int:
    """Rounds down to a multiple of a power of two."""
    return value & -granule
