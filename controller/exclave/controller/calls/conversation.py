"""What is said on one lane from a call to its end: callbacks are served, calls from within them nest on the same lane.

Owns: the loop, the depth, what an exception in a callback does. Must not know: how a lane reaches its worker, who may
use it. Invariant: when `converse` returns, the lane is as it was before the call.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from ..errors import CallDepthError, ExecutorCrash
from .lane import MAX_DEPTH, Answer, CallbackRequest, Lane, LaneBrokenError, LaneTimeoutError, Unwound

ABANDON_SECONDS = 1.0

Serve = Callable[[CallbackRequest], bytes]
"""Runs a callback: its slots with the result in them, as long as they were."""


@dataclass(frozen=True, slots=True)
class Raised:
    """A callback raised this; the call that called back was abandoned."""

    error: BaseException


@dataclass(slots=True)
class Conversation:
    """A lane that serves a callback in some thread, where further calls of that thread go."""

    lane: Lane
    depth: int
    deadline: float


class Conversations:
    """Which threads serve a callback now, and on which lane. One per session."""

    def __init__(self, serve: Serve) -> None:
        self._serve = serve
        self.serving: dict[int, Conversation] = {}

    def current(self) -> Conversation | None:
        """The conversation that this thread is in."""
        return self.serving.get(threading.get_ident()) if self.serving else None

    def converse(self, lane: Lane, answer: Answer, deadline: float, depth: int) -> Answer | Raised:
        """From the first answer to a call to its last.

        Raises:
            LaneTimeoutError, LaneBrokenError: the worker must be ended.
        """
        while isinstance(answer, CallbackRequest):
            try:
                slots = self._run(lane, answer, deadline, depth)
            except BaseException as error:
                _abandon(lane, error, deadline)
                return Raised(error)
            if time.monotonic() >= deadline:  # native code that calls back again at once never lets the lane wait
                raise LaneTimeoutError
            answer = lane.resume(slots, deadline)
        return answer

    def _run(self, lane: Lane, request: CallbackRequest, deadline: float, depth: int) -> bytes:
        ident = threading.get_ident()
        outer = self.serving.get(ident)
        self.serving[ident] = Conversation(lane, depth, deadline)
        try:
            return self._serve(request)
        finally:
            if outer is None:
                del self.serving[ident]
            else:
                self.serving[ident] = outer


def _abandon(lane: Lane, error: BaseException, deadline: float) -> None:
    """Have the worker give up the call that called back. It may be late already, but it must say that it did."""
    try:
        answer = lane.unwind(max(deadline, time.monotonic() + ABANDON_SECONDS))
    except LaneBrokenError:
        if isinstance(error, ExecutorCrash):  # the worker died in a call that the callback made: that is the reason
            raise error from None
        raise
    if not isinstance(answer, Unwound):
        raise LaneBrokenError


def check_depth(depth: int, doing: str) -> None:
    """Refuse a call that would nest too deep.

    Raises:
        CallDepthError: it would.
    """
    if depth > MAX_DEPTH:
        raise CallDepthError(
            f"{doing}: the {depth}th call within callbacks within calls; at most {MAX_DEPTH} may be nested", depth=depth
        )
