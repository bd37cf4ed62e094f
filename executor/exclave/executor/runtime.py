"""The session runtime, from outside: entering it, and having it call things through lanes.

Owns: the control lane, the call lanes, the entry points, the deadline of each request. Must not know: memory,
gRPC, what the calls are for.
Invariant: a request ends with its reply, with its deadline (the worker is killed then) or with the worker's
death; a worker that breaks the lanes' protocol is killed.
"""

from __future__ import annotations

import json
import mmap
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from exclave.executor.errors import AbortedError, DeadlineExceededError, FailedPreconditionError
from exclave.executor.exits import ExitCause, WorkerExit
from exclave.executor.lane import Lane, LaneAbandonedError, LaneBrokenError, LaneTimeoutError, Reply
from exclave.executor.lane_pool import Caller, LanePool
from exclave.executor.spawner import WorkerProcess
from exclave.executor.zones import LANE_SIZE

_ENTER_TIMEOUT = 10.0
_DEATH_TIMEOUT = 5.0


@dataclass(frozen=True, slots=True)
class EntryPoints:
    """Addresses of the session runtime's functions."""

    serve: int
    lookup: int
    run_actions: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a call.

    Attributes:
        exited: exit()'s argument, or None if it returned.
        result: the first bytes of the slots.
        elapsed_ns: from posting the request to seeing the reply.
    """

    exited: int | None
    result: bytes
    elapsed_ns: int


class Runtime:
    """The runtime of one session."""

    def __init__(self, worker: WorkerProcess, control: socket.socket, lanes: mmap.mmap, count: int) -> None:
        self._worker = worker
        self._control = control
        self._control_lane = Lane(lanes, 0)
        call_lanes = [Lane(lanes, (i + 1) * LANE_SIZE) for i in range(count)]
        self._lanes = [self._control_lane, *call_lanes]
        self._pool = LanePool(call_lanes)
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
            self._exchange(self._control_lane, points.run_actions, 0, nothing, time.monotonic() + _ENTER_TIMEOUT)
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

    def control(self, entry: int, slots: bytes, deadline: float | None) -> Outcome:
        """Calls `entry(NULL, slots)` on the control lane; the result is as long as `slots`."""
        with self._control_turn:
            self.points()
            return self._exchange(self._control_lane, entry, 0, slots, deadline)

    def call(
        self,
        entry: int,
        function: int,
        slots: bytes,
        result_size: int,
        deadline: float | None,
        call: PendingCall,
    ) -> Outcome:
        """Calls `entry(function, slots)` on a free call lane.

        Raises: DeadlineExceededError, AbortedError, FailedPreconditionError, ResourceExhaustedError.
        """
        self.points()
        with self._pool.lease(call, deadline) as lane, call.running():
            self.points()
            return self._exchange(lane, entry, function, slots, deadline, result_size)

    def abandon(self) -> None:
        """Wakes all who wait: the worker is no more."""
        for lane in self._lanes:
            lane.abandon()

    def break_off(self, text: str) -> AbortedError:
        """Ends a worker that broke the protocol, and returns the error to raise."""
        self._worker.kill(ExitCause.PROTOCOL, f"it broke the lanes' protocol: {text}")
        return AbortedError("WORKER_DIED", f"the worker was ended: {text}", self._death())

    def _exchange(
        self,
        lane: Lane,
        entry: int,
        function: int,
        slots: bytes,
        deadline: float | None,
        size: int | None = None,
    ) -> Outcome:
        begin = time.monotonic_ns()
        lane.post(entry, function, slots)
        reply = self._await_reply(lane, deadline)
        elapsed = time.monotonic_ns() - begin
        return Outcome(reply.exited, lane.results(len(slots) if size is None else size), elapsed)

    def _await_reply(self, lane: Lane, deadline: float | None) -> Reply:
        try:
            return lane.wait(deadline)
        except LaneTimeoutError:
            self._worker.kill(ExitCause.DEADLINE, "a call ran past its deadline")
            text = "the call did not return in time; its worker was ended"
            raise DeadlineExceededError("CALL_DEADLINE", text, self._death()) from None
        except LaneBrokenError as error:
            raise self.break_off(str(error)) from None
        except LaneAbandonedError:
            gone = self._death()
            raise AbortedError("WORKER_DIED", gone.message if gone else "the worker died", gone) from None

    def _death(self) -> WorkerExit | None:
        """How the worker ended; waits until that is known."""
        self._worker.wait(_DEATH_TIMEOUT)
        return self._worker.exit


class PendingCall(Caller):
    """A call from its arrival to its end; its caller may go away at any time, which ends a busy worker."""

    def __init__(self, kill: Callable[[ExitCause, str], None]) -> None:
        super().__init__()
        self._kill = kill
        self._guard = threading.Lock()
        self._running = False

    def leave(self) -> None:
        """The caller has gone: nobody wants the result."""
        with self._guard:
            super().leave()
            if self._running:
                self._kill(ExitCause.DEADLINE, "the caller of a running call went away")

    def running(self) -> _Running:
        """A context in which the call runs in the worker."""
        return _Running(self)

    def begin(self) -> None:
        """Notes that it runs, unless the caller has gone."""
        with self._guard:
            if self.gone:
                raise DeadlineExceededError("CALLER_GONE", "the caller went away before the call was made")
            self._running = True

    def end(self) -> None:
        """Notes that it does not run any more."""
        with self._guard:
            self._running = False


class _Running:
    """The context of `PendingCall.running`."""

    def __init__(self, call: PendingCall) -> None:
        self._call = call

    def __enter__(self) -> None:
        self._call.begin()

    def __exit__(self, *_: object) -> None:
        self._call.end()
