"""A lane, as whoever calls through it sees it: one message, one answer.

Owns: the messages' and answers' vocabulary and the layout of a lane's memory. Must not know: how a lane reaches its
worker, what is called. Invariant: strict alternation: `call`, `resume` and `unwind` each return when the answer is in,
and frames form a stack: what a `CallbackRequest` interrupts is resumed or unwound before its call returns.

runtime/call_loop.ll has the other half of the layout. (orc::SimpleRemoteEPC's messages, on shared memory)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from ..model import LANE_SIZE

FIRST_FRAME = 0xF0
FRAME_HEADER = 16
FRAME_ALIGNMENT = 16
FIRST_SLOTS = FIRST_FRAME + FRAME_HEADER
MAX_SLOTS = LANE_SIZE - FIRST_SLOTS
MAX_DEPTH = 32
"""How many calls may be nested on one lane, the outermost one included."""

JIT_DISPATCH = 0
"""The callback of runtime/jit_dispatch.ll."""
LAZY = 1
"""The callback of runtime/lazy.ll."""
FIRST_CALLBACK = 2
"""The users' callbacks begin here."""


class Returned(NamedTuple):
    """The call returned; `result` is the first bytes of its slots."""

    result: bytes


class Exited(NamedTuple):
    """The call called exit()."""

    exit_code: int


class CallbackRequest(NamedTuple):
    """Native code calls back; `slots` are its arguments. The worker's word: nothing of it is believed unchecked."""

    callback: int
    slots: bytes


@dataclass(frozen=True, slots=True)
class Unwound:
    """The call was abandoned, as `unwind` asked."""


@dataclass(frozen=True, slots=True)
class NoRoom:
    """The call was abandoned: it called back with more than the lane has room for."""


Answer = Returned | Exited | CallbackRequest | Unwound | NoRoom


class LaneTimeoutError(Exception):
    """No answer until the deadline."""


class LaneBrokenError(Exception):
    """The worker is no more, or wrote what the protocol does not allow; its end says which."""


class Lane(Protocol):
    """One at a time may use it. `deadline` is a time of `time.monotonic()`."""

    @property
    def calls(self) -> int:
        """How many calls went through it, nested ones included."""
        ...

    def call(self, entry: int, function: int, slots: bytes, result_size: int, deadline: float) -> Answer:
        """Call `entry(function, slots)`, on top of what waits here."""
        ...

    def resume(self, slots: bytes, deadline: float) -> Answer:
        """Give the callback that waits its slots back, with its result."""
        ...

    def unwind(self, deadline: float) -> Answer:
        """Abandon the call that the waiting callback came out of."""
        ...

    def left(self, depth: int, size: int) -> bytes:
        """What the last call at `depth` (from 1) has left, when it did not return: the first `size` bytes of its slots.

        As far as that is known, and the worker's word.
        """
        ...
