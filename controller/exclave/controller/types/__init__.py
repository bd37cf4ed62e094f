"""Types and signatures of calls: what an argument may be, and how it lies in a slot.

Owns: reading types as people write them, checking arguments, packing and unpacking slots. Must not know: how a
call is made. Invariant: what `pack` returns is exactly what the adapter of the same signature reads; anything
that does not fit is refused before it is sent, as ctypes users expect it: TypeError and OverflowError.

Importing this package is cheap: NumPy and pycparser are imported when they are first needed.
"""

from __future__ import annotations

from .declarations import parse_declaration
from .parse import parse_type
from .signature import MAX_ARGUMENTS, MAX_SLOTS_BYTES, Signature
from .type import PTR, SLOT_BYTES, VOID, Kind, Type
from .values import PointerMaker

__all__ = [
    "MAX_ARGUMENTS",
    "MAX_SLOTS_BYTES",
    "PTR",
    "SLOT_BYTES",
    "VOID",
    "Kind",
    "PointerMaker",
    "Signature",
    "Type",
    "parse_declaration",
    "parse_type",
]
