"""Which reservation has room for what did not fit: the executor's way to divide one into zones, turned round.

Owns: that arithmetic, and its sentence. Must not know: what is in the zones. Invariant: a reservation that is advised
gives every zone at least what it has now, and the full one as much more as was wanted. A test holds it against the
executor's own division.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..model import Zone, ZoneRange

GRANULE = 65536
PARTS = 8
"""Code has one of these parts of a reservation, read-only data one, data the rest but for the lanes."""


def fitting_reservation(zones: Mapping[Zone, ZoneRange], full: Zone, more: int) -> int:
    """Bytes of a reservation in which the zone `full` is larger by `more`; 0 if no reservation makes it larger."""
    size = zones[full].size + more
    if full != "data":
        return _rounded(size) * PARTS
    if _is_limited(zones):
        return 0
    rest = _rounded(size) + (zones["lanes"].size if "lanes" in zones else 0)
    total = max(_rounded(rest * PARTS // (PARTS - 2)), sum(zone.size for zone in zones.values()))
    while total - 2 * _rounded(total // PARTS) < rest:
        total += GRANULE
    return total


def advice(reservation: int, most: int) -> str:
    """What to do about a full zone; `most`: what the executor reserves at most, 0: unknown."""
    if not reservation:
        return "its size is the session's limit of memory: open the session with a larger Limits(memory=)"
    if most and reservation > most:
        return (
            f"it would take reservation={reservation}, and the executor reserves {most} at most: use several sessions"
        )
    bound = f" (the executor reserves {most} at most)" if most else ""
    return f"reservation={reservation} would do{bound}: open the session with it, or session.grow({reservation})"


def _is_limited(zones: Mapping[Zone, ZoneRange]) -> bool:
    """Whether the data zone has less than a reservation with this code zone leaves for it."""
    if "code" not in zones or "readonly" not in zones or "lanes" not in zones:
        return False
    least = (zones["code"].size // GRANULE - 1) * PARTS * GRANULE  # a code zone of this size needs more than that
    return sum(zone.size for zone in zones.values()) <= least


def _rounded(size: int) -> int:
    return -(-size // GRANULE) * GRANULE
