"""Slots: pointers to code in read-only data, through which stubs jump.

Owns: what may be one and what it may point to, and how one is stored. Must not know: who has stubs. Invariant: a slot
is stored in one piece, so that a thread that jumps through it meanwhile finds the old value or the new one.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Sequence

from exclave.executor.errors import InvalidArgumentError, OutOfRangeError
from exclave.executor.memory.ledger import Ledger
from exclave.executor.zones import Zone

SLOT = 8
Put = Callable[[mmap.mmap, int, memoryview], None]
"""Puts bytes into a view at an offset."""


def check_slots(ledger: Ledger, slots: Sequence[tuple[int, int]]) -> None:
    """Raises InvalidArgumentError, OutOfRangeError unless all (address, value) are slots and code."""
    for index, (address, value) in enumerate(slots):
        if address % SLOT:
            text = f"slot {index}: {address:#x} is no multiple of {SLOT}"
            raise InvalidArgumentError("SLOT_NOT_ALIGNED", text, slot=index, address=hex(address))
        if not ledger.is_live_at(Zone.READONLY, address, SLOT):
            text = f"slot {index}: {address:#x} does not lie within live read-only data of the session"
            raise OutOfRangeError("NO_SLOT", text, slot=index, address=hex(address))
        if not ledger.is_live_at(Zone.CODE, value):
            text = f"slot {index}: its value, {value:#x}, is no live code of the session"
            raise InvalidArgumentError("NOT_CODE", text, slot=index, address=hex(address), value=hex(value))


def copy_bytes(view: mmap.mmap, offset: int, data: memoryview) -> None:
    """Some of them after the others, for code that nobody runs yet."""
    view[offset : offset + len(data)] = data


def store_word(view: mmap.mmap, offset: int, data: memoryview) -> None:
    """One aligned word, in one piece: an item of a memoryview is one store, a slice of bytes may be several."""
    with memoryview(view) as whole, whole[offset : offset + SLOT] as word, word.cast("Q") as words:
        words[0] = int.from_bytes(data, "little")
