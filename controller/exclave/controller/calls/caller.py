"""Calls of a session: a lane, a conversation, and what is done when one of them fails.

Owns: deadlines, ending the worker of a call that cannot be saved, what is counted. Must not know: types, names, how a
lane reaches its worker. Invariant: a call ends with its result, with an exception out of one of its callbacks, or with
the worker; after an interrupt (Ctrl-C, or whatever a signal's handler raises) no native code runs on for a caller that
has gone.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Literal, Protocol

from ..checks import checked_timeout
from ..errors import CallbackRoomError, ExclaveError, ExecutorError
from ..model import CallOutcome
from .conversation import Conversations, Raised, Serve, check_depth
from .lane import Answer, CallbackRequest, Exited, Lane, LaneBrokenError, LaneTimeoutError, NoRoom, Returned, Unwound
from .pool import LanePool

Failed = Callable[[BaseException, bytes], None]
"""Told of an exception before it is raised, with the call's first slots as they were in the end."""


def tell_nobody(error: BaseException, slots: bytes) -> None:
    """Does nothing."""


class WorkerEnd(Protocol):
    """What ends a session's worker: `remote.SessionClient`."""

    def end_worker(self, cause: Literal["deadline", "closed", "protocol"], message: str, doing: str) -> ExecutorError:
        """End it, unless it is dead already; the exception that says how it really ended."""
        ...

    def crash_reason(self, doing: str) -> ExecutorError | None:
        """How it ended; None while it lives."""
        ...


class Caller:
    """Makes calls. One per session; thread-safe."""

    def __init__(
        self, lanes: LanePool[Lane], serve: Serve, worker: WorkerEnd, settle: Callable[[], None], most_seconds: float
    ) -> None:
        """`settle` waits for the output that was printed up to now; `most_seconds` bounds calls without a timeout."""
        self.lanes = lanes
        self.conversations = Conversations(serve)
        self._worker = worker
        self._settle = settle
        self._most_seconds = most_seconds

    def call(
        self,
        entry: int,
        function: int,
        slots: bytes,
        result_size: int,
        timeout: float | None,
        doing: str,
        failed: Failed = tell_nobody,
    ) -> CallOutcome:
        """Call `entry(function, slots)`; `timeout` in seconds. When it calls exit(), the outcome has its slots then.

        Raises:
            CallTimeout: it took longer; its worker was ended.
            ExecutorCrash: the worker died in it.
            LanesBusyError: no lane became free in time.
            CallDepthError, CallbackRoomError: it nests too deep.
            BaseException: what a callback raised.
        """
        deadline = self.deadline(timeout)
        current = self.conversations.current()
        if current is not None:
            check_depth(current.depth + 1, doing)
            deadline = min(deadline, current.deadline)  # what the call around it has left is all that there is
            deeper = current.depth + 1
            return self._call(current.lane, entry, function, slots, result_size, deadline, deeper, doing, failed)
        lane = self.lanes.acquire(deadline, doing)
        try:
            return self._call(lane, entry, function, slots, result_size, deadline, 1, doing, failed)
        finally:
            self.lanes.release(lane)

    def _call(
        self,
        lane: Lane,
        entry: int,
        function: int,
        slots: bytes,
        result_size: int,
        deadline: float,
        depth: int,
        doing: str,
        failed: Failed,
    ) -> CallOutcome:
        def first() -> Answer:
            return lane.call(entry, function, slots, result_size, deadline)

        try:
            outcome = self.finish(lane, first, deadline, depth, doing)
        except BaseException as error:
            failed(error, lane.left(depth, result_size))
            raise
        return outcome if outcome.exited is None else CallOutcome(lane.left(depth, result_size), outcome.exited)

    def finish(self, lane: Lane, first: Callable[[], Answer], deadline: float, depth: int, doing: str) -> CallOutcome:
        """From the first answer to a call to its end. The lane stays its user's. Raises as `call`."""
        try:
            answer: Answer | Raised = first()
            if isinstance(answer, CallbackRequest):
                answer = self.conversations.converse(lane, answer, deadline, depth)
            if isinstance(answer, Unwound):  # which nobody asked for
                raise LaneBrokenError
        except LaneTimeoutError:
            raise self._worker.end_worker("deadline", "a call ran past its deadline", doing) from None
        except LaneBrokenError:
            raise self.broken(doing) from None
        except ExclaveError:
            raise
        except BaseException:
            self.interrupted(doing)
            raise
        self._settle()
        return _outcome(answer, doing)

    def broken(self, doing: str) -> ExecutorError:
        """End a worker that wrote what the lanes' protocol does not allow; the exception that says how it ended."""
        return self._worker.end_worker("protocol", "it broke the lanes' protocol", doing)

    def interrupted(self, doing: str) -> None:
        """A signal in the middle of a call: nobody wants its result, and its code must not run on."""
        self._worker.end_worker("closed", f"{doing}: it was interrupted", doing)

    def deadline(self, timeout: float | None) -> float:
        """A time of time.monotonic().

        Raises:
            SignatureError: `timeout` is no number of seconds.
        """
        seconds = checked_timeout(timeout)
        return time.monotonic() + min(math.inf if seconds is None else max(0.0, seconds), self._most_seconds)


def _outcome(answer: Answer | Raised, doing: str) -> CallOutcome:
    """What `finish` lets through: the end of a call."""
    match answer:
        case Raised(error):
            raise error
        case Returned(result):
            return CallOutcome(result, None)
        case Exited(code):
            return CallOutcome(b"", code)
        case NoRoom():
            raise CallbackRoomError(
                f"{doing}: it called back with more than the lane has room for, and was abandoned: nest less deep, or "
                "pass less by value"
            )
    raise AssertionError(answer)
