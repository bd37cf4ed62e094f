"""What a zone's memory is used for, in numbers.

Owns: the words of the account. Must not know: how it is kept, what lies in the ranges. Invariant: every value is
immutable; `taken` is `payload` and `padding`, `carved` is `taken` and `free_in_blocks`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ZoneUsage:
    """The account of a zone; all but the last two in bytes.

    reserved: the zone. carved: in blocks. taken: in allocations, with their padding. payload: what was asked for.
    padding: what alignment cost. free_in_blocks: carved, not taken. largest: the largest free range.
    """

    reserved: int
    carved: int
    taken: int
    payload: int
    padding: int
    free_in_blocks: int
    largest: int
    blocks: int
    allocations: int


@dataclass(frozen=True)
class BlockRange:
    """Where a block lies, how much of it is free, and in how many pieces."""

    address: int
    size: int
    free: int
    free_ranges: int


@dataclass(frozen=True)
class AllocationRange:
    """Where an allocation lies, what was asked for; `padding` bytes before `address` are its own too."""

    address: int
    size: int
    padding: int
