"""A conversation: one caller, one lane, calls and callbacks in turn.

Owns: the deadlines of its open calls, and what becomes of the worker when the caller goes. Must not know:
gRPC, memory, which lane it is.
Invariant: a conversation that ends while native code runs or waits for its callback ends the worker, for
nobody could ever answer it; any other only gives its lane back.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import NamedTuple, Protocol

from exclave.executor.errors import DeadlineExceededError
from exclave.executor.exits import ExitCause
from exclave.executor.lane import Answer, Lane, Status
from exclave.executor.lane_pool import Caller
from exclave.executor.spawner import WorkerProcess
from exclave.executor.worker_watch import death, died, expire, take_answer


@dataclass(frozen=True, slots=True)
class Ended:
    """The innermost call has ended.

    Attributes:
        status: how.
        exit_code: exit()'s argument, if that was it.
        result: the first bytes of the slots.
        position: output position at its end.
        elapsed_ns: from posting the call to seeing its end.
    """

    status: Status
    exit_code: int
    result: bytes
    position: int
    elapsed_ns: int


@dataclass(frozen=True, slots=True)
class CalledBack:
    """Native code calls back and waits.

    Attributes:
        callback: which callback, as the worker says.
        slots: its arguments, as the worker wrote them.
    """

    callback: int
    slots: bytes


class LaneSource(Protocol):
    """Where a conversation has its lane from."""

    def take(self, conversation: Conversation) -> Lane:
        """Waits for a lane."""

    def give_back(self, conversation: Conversation) -> None:
        """Takes an idle lane, or one whose worker is no more."""


class _OpenCall(NamedTuple):
    """A call that has not ended: until when it may last, and when it began, in nanoseconds."""

    deadline: float
    began: int


class Conversation:
    """A context: it has its lane for as long as it lasts.

    `wake` is called, by any thread, when the worker is no more or the caller has gone: whoever waits for the
    caller's next request shall stop.
    """

    def __init__(
        self, source: LaneSource, worker: WorkerProcess, drain: Callable[[float], int], wake: Callable[[], None]
    ) -> None:
        self.caller = Caller()
        self._source = source
        self._worker = worker
        self._drain = drain
        self._wake = wake
        self._guard = threading.Lock()  # of `caller.gone` and the lane against the posting of messages
        self._ending = False
        self._lane: Lane | None = None
        self._calls: list[_OpenCall] = []

    def __enter__(self) -> Conversation:
        self._lane = self._source.take(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._guard:
            lane, self._lane = self._lane, None
        assert lane is not None
        broken_off = lane.busy
        if broken_off:
            self._worker.kill(ExitCause.DEADLINE, "its caller's conversation ended in the middle of a call")
            death(self._worker)
        self._source.give_back(self)
        if broken_off and kind is None:
            raise died(self._worker)

    @property
    def deadline(self) -> float | None:
        """When the innermost open call must have ended; None if none is open."""
        return self._calls[-1].deadline if self._calls else None

    # What the caller asks. Each raises InvalidArgumentError when it is not due or does not fit.

    def call(self, entry: int, function: int, slots: bytes, result_size: int, deadline: float) -> Ended | CalledBack:
        """Makes a call, alone or nested in a callback.

        Raises: DeadlineExceededError, AbortedError, InvalidArgumentError.
        """
        most = deadline if self.deadline is None else min(deadline, self.deadline)
        began = time.monotonic_ns()
        self._post(lambda lane: lane.call(entry, function, slots, result_size))
        self._calls.append(_OpenCall(most, began))
        return self._answer()

    def resume(self, slots: bytes) -> Ended | CalledBack:
        """Gives a callback's result.

        Raises: DeadlineExceededError, AbortedError, InvalidArgumentError.
        """
        self._post(lambda lane: lane.resume(slots))
        return self._answer()

    def unwind(self) -> Ended | CalledBack:
        """Abandons the call around a callback.

        Raises: DeadlineExceededError, AbortedError, InvalidArgumentError.
        """
        self._post(lambda lane: lane.unwind())
        return self._answer()

    def next_callback(self) -> Ended | CalledBack:
        """On the dispatch lane: has it take a callback, and waits for it.

        Raises: AbortedError; LaneInterruptedError when the caller goes.
        """
        self._post(lambda lane: lane.ready())
        return self._answer()

    # Ends.

    def leave(self) -> None:
        """The caller has gone: nobody wants a result, or answers a callback. Called by any thread."""
        with self._guard:
            self.caller.leave()
            if self._lane is not None and self._lane.busy:
                self._worker.kill(ExitCause.DEADLINE, "the caller of a running call went away")
            elif self._lane is not None:
                self._lane.interrupt()
        self._wake()

    def client_ended(self) -> None:
        """The last request has come, and may not be carried out yet; there will be no other. Called by any thread."""
        with self._guard:
            self._ending = True
            self._interrupt_if_idle()

    def _interrupt_if_idle(self) -> None:
        """Nobody will answer the next callback, so nobody waits for it."""
        if self._ending and self._lane is not None and not self._lane.busy:
            self._lane.interrupt()

    def worker_ended(self) -> None:
        """The worker is no more. Called by any thread."""
        self.caller.leave()
        self._wake()

    def run_out(self) -> DeadlineExceededError:
        """Ends the worker since its caller did not answer a callback in time; returns the error to raise."""
        assert self._lane is not None
        return expire(self._worker, self._lane)

    def check_alive(self) -> None:
        """Raises AbortedError if the worker is no more."""
        if self._worker.exit is not None:
            raise died(self._worker)

    def _post(self, message: Callable[[Lane], None]) -> None:
        assert self._lane is not None
        with self._guard:
            if self.caller.gone:
                self.check_alive()
                raise DeadlineExceededError("CALLER_GONE", "the caller went away before the call was made")
            message(self._lane)
            self._interrupt_if_idle()

    def _answer(self) -> Ended | CalledBack:
        assert self._lane is not None
        answer = take_answer(self._worker, self._lane, self.deadline)
        if answer.status == Status.CALLBACK:
            return CalledBack(answer.callback, answer.slots)
        return self._end_call(answer)

    def _end_call(self, answer: Answer) -> Ended:
        """What the call printed is queued before its end is told."""
        call = self._calls.pop()
        elapsed = time.monotonic_ns() - call.began
        position = self._drain(max(call.deadline - time.monotonic(), 0))
        return Ended(answer.status, answer.exit_code, answer.slots, position, elapsed)
