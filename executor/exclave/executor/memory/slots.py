"""Slots: pointers to code in read-only data, through which stubs jump.

Owns: what may be one and what it may point to. Must not know: who has stubs, how one is stored (`RwView.store`).
Invariant: what a slot points to is live code, or nothing of what was asked for is stored.
"""

from __future__ import annotations

from collections.abc import Sequence

from exclave.executor.errors import InvalidArgumentError, OutOfRangeError
from exclave.executor.memory.ledger import Ledger
from exclave.executor.zones import Zone

SLOT = 8


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
