"""Rounding up to what an address or an offset must be a multiple of.

Owns: this arithmetic. Must not know: whose address it is.
"""

from __future__ import annotations


def align_up(value: int, alignment: int) -> int:
    """The smallest multiple of `alignment` (a power of two) that is not below `value`."""
    return (value + alignment - 1) & -alignment
