"""Timeouts in requests.

Owns: reading one. Must not know: what is waited for. Invariant: any value is a number of seconds; who waits bounds it.
"""

from __future__ import annotations

from google.protobuf.message import Message


def timeout_of(message: Message, field: str = "timeout") -> float | None:
    """In seconds, None if the message's field says none."""
    if not message.HasField(field):
        return None
    duration = getattr(message, field)
    return float(duration.seconds + duration.nanos / 1e9)
