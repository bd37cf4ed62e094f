"""The session runtime, from outside: entering it, and having it call things through lanes.

Owns: the control lane, the call lanes, the dispatch lane, the entry points, the open conversations. Must not
know: memory, gRPC, what the calls are for.
Invariant: a request on the control lane ends with its answer, with its deadline (the worker is killed then)
or with the worker's death; when the worker is dead, everybody who waits for it is woken.
"""

from __future__ import annotations

import json
import mmap
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from exclave.executor.conversation import Conversation
from exclave.executor.errors import AbortedError, FailedPreconditionError
from exclave.executor.lane import Answer, Lane, Status
from exclave.executor.lane_pool import LanePool
from exclave.executor.spawner import WorkerProcess
from exclave.executor.worker_watch import break_off, take_answer
from exclave.executor.zones import LANE_SIZE

_ENTER_TIMEOUT = 10.0
_DEATH_TIMEOUT = 5.0


@dataclass(frozen=True, slots=True)
class EntryPoints:
    """Addresses of the session runtime's functions."""

    serve: int
    lookup: int
    run_actions: int
    flush_code: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a request on the control lane.

    Attributes:
        ending: how it ended if it did not return, for people; else empty.
        exited: exit()'s argument, if that was how.
        result: the first bytes of the slots.
    """

    ending: str
    result: bytes
    exited: int | None = None


class Runtime:
    """The runtime of one session."""

    def __init__(self, worker: WorkerProcess, control: socket.socket, lanes: mmap.mmap, count: int) -> None:
        self._worker = worker
        self._control = control
        self._control_lane = Lane(lanes, 0)
        call_lanes = [Lane(lanes, (i + 1) * LANE_SIZE) for i in range(count)]
        dispatch_lane = Lane(lanes, (count + 1) * LANE_SIZE, calls=False)
        self._lanes = [self._control_lane, *call_lanes, dispatch_lane]
        self._pool = LanePool(call_lanes, dispatch_lane)
        self._conversations: set[Conversation] = set()
        self._lock = threading.Lock()
        self._control_turn = threading.Lock()
        self._start_turn = threading.Lock()
        self.entry_points: EntryPoints | None = None

    def enter(self, points: EntryPoints) -> None:
        """Has the worker's threads enter the runtime, and waits until it answers on the control lane.

        Raises: FailedPreconditionError, AbortedError.
        """
        with self._start_turn:
            self.check_alive()
            if self.entry_points is not None:
                raise FailedPreconditionError("RUNTIME_STARTED", "the session runtime runs already")
            self._send_serve(points.serve)
            nothing = bytes(24)
            self._exchange(points.run_actions, nothing, time.monotonic() + _ENTER_TIMEOUT)
            self.entry_points = points

    def _send_serve(self, serve: int) -> None:
        try:
            self._control.send(json.dumps({"serve": serve}).encode())
        except OSError:
            self._worker.wait(_DEATH_TIMEOUT)
            self.check_alive()
            raise
        finally:
            self._control.close()

    def check_alive(self) -> None:
        """Raises FailedPreconditionError if the worker is no more."""
        gone = self._worker.exit
        if gone is not None:
            text = f"the session's worker is no more: {gone.message}"
            raise FailedPreconditionError("WORKER_GONE", text, gone)

    def points(self) -> EntryPoints:
        """The entry points.

        Raises: FailedPreconditionError if the runtime is not started or the worker is no more.
        """
        self.check_alive()
        if self.entry_points is None:
            raise FailedPreconditionError(
                "RUNTIME_NOT_STARTED", "the session runtime is not started: StartRuntime first"
            )
        return self.entry_points

    def started(self) -> bool:
        """Whether the runtime runs; when it is being entered, that is waited for."""
        with self._start_turn:
            return self.entry_points is not None

    # The control lane.

    def control(self, entry: int, slots: bytes, deadline: float | None) -> Outcome:
        """Calls `entry(NULL, slots)` on the control lane; the result is as long as `slots`.

        Raises: DeadlineExceededError, AbortedError, FailedPreconditionError.
        """
        with self._control_turn:
            self.points()
            return self._exchange(entry, slots, deadline)

    def break_off(self, text: str) -> AbortedError:
        """Ends a worker that broke the protocol, and returns the error to raise."""
        return break_off(self._worker, text)

    def _exchange(self, entry: int, slots: bytes, deadline: float | None) -> Outcome:
        lane = self._control_lane
        lane.act(entry, slots)
        answer = take_answer(self._worker, lane, deadline)
        if answer.status == Status.CALLBACK:  # nobody is there who could run it
            lane.unwind()
            answer = take_answer(self._worker, lane, deadline)
        exited = answer.exit_code if answer.status == Status.EXITED else None
        return Outcome(_ending(answer), answer.slots, exited)

    # The other lanes.

    def conversation(
        self, dispatch: bool, drain: Callable[[float], int], wake: Callable[[], None], deadline: float
    ) -> Conversation:
        """A conversation that takes a lane when it is entered, and waits for one until `deadline`."""
        return Conversation(_Turn(self, dispatch, deadline), self._worker, drain, wake)

    def attach(self) -> bool:
        """Gives all lanes but the control lane to a controller for good; False if somebody has one here."""
        return self._pool.attach()

    def lane_words(self) -> tuple[tuple[int, int], ...]:
        """The last message's number and the last answer's, of each call lane."""
        return tuple(lane.numbers() for lane in self._lanes[1:-1])

    @property
    def attached(self) -> bool:
        """Whether a controller has the lanes."""
        return self._pool.attached

    def abandon(self) -> None:
        """Wakes all who wait: the worker is no more."""
        for lane in self._lanes:
            lane.abandon()
        with self._lock:
            conversations = list(self._conversations)
        for conversation in conversations:
            conversation.worker_ended()

    def join(self, conversation: Conversation) -> LanePool:
        """Has `conversation` told of the worker's end; where its lane comes from.

        Raises: FailedPreconditionError.
        """
        with self._lock:
            self._conversations.add(conversation)
        try:
            self.points()
        except FailedPreconditionError:
            self.part(conversation)
            raise
        return self._pool

    def part(self, conversation: Conversation) -> LanePool:
        """Undoes `join`."""
        with self._lock:
            self._conversations.discard(conversation)
        return self._pool


class _Turn:
    """One conversation's turn on a lane: a LaneSource."""

    def __init__(self, runtime: Runtime, dispatch: bool, deadline: float) -> None:
        self._runtime = runtime
        self._dispatch = dispatch
        self._deadline = deadline

    def take(self, conversation: Conversation) -> Lane:
        """Waits for a lane.

        Raises: FailedPreconditionError, ResourceExhaustedError, DeadlineExceededError.
        """
        pool = self._runtime.join(conversation)
        try:
            return pool.take_dispatch() if self._dispatch else pool.take(conversation.caller, self._deadline)
        except BaseException:
            self._runtime.part(conversation)
            self._runtime.check_alive()  # the better reason, if it is one
            raise

    def give_back(self, conversation: Conversation) -> None:
        """Takes an idle lane, or one whose worker is no more."""
        pool = self._runtime.part(conversation)
        if self._dispatch:
            pool.give_back_dispatch()
        else:
            pool.give_back(conversation.caller)


def _ending(answer: Answer) -> str:
    """How a request on the control lane ended if it did not return."""
    if answer.status == Status.EXITED:
        return f"called exit({answer.exit_code})"
    if answer.status == Status.RETURNED:
        return ""
    return "called back into Python, which only calls may do"
