"""Calls that are being made, for whoever must wait until they have ended.

Owns: how that is seen from outside. Must not know: who waits, what a call is of. Invariant: a call that may still be in
native code is never taken for over; quick calls tell nobody, and are told apart by the lane's own count.
"""

from __future__ import annotations

from typing import Protocol

from .shared_lane import SharedLane


class RunningCall(Protocol):
    """A call, as it was found."""

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        ...


class PlainCall:
    """A call whose end is noted; compared by identity."""

    def __init__(self) -> None:
        self.over = False


class QuickCall:
    """The quick call that a lane was in, or about to be in, when it was found; compared by identity."""

    def __init__(self, lane: SharedLane) -> None:
        self._lane = lane
        self._calls = lane.calls

    @property
    def over(self) -> bool:
        """With nothing nested, a lane that has taken two calls more is in another one: it may not have taken this one
        when it was found."""
        lane = self._lane
        return lane.quick is None or (lane.calls >= self._calls + 2 and not lane.nested)
