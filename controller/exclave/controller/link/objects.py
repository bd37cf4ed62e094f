"""Reads an object in the way that is quickest for its size.

Owns: the choice. Must not know: either reader. Invariant: whatever `read_small` leaves is `parse_object`'s, with its
errors.
"""

from __future__ import annotations

from .elf import parse_object
from .packed import ObjectGraph
from .small_object import read_small


def read_object(data: bytes, name: str) -> ObjectGraph:
    """What a link takes of a relocatable object.

    Raises:
        ObjectFormatError, UnsupportedRelocationError, LinkError: as `parse_object`.
    """
    return read_small(data, name) or parse_object(data, name)
