"""A session: one worker, one reservation, one owner.

Owns: what belongs together for as long as the session lives, and the order of each verb's steps.
Must not know: gRPC, other sessions; how bytes are written, actions packed or lanes waited for.
Invariant: a verb that fails leaves nothing of itself behind; a closed session has no process, no descriptor
and no memory.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from exclave.executor.actions import run_all
from exclave.executor.allocations import AllocationPlan, AllocationResult, Allocations
from exclave.executor.answers import Answers
from exclave.executor.attachment import Attachment
from exclave.executor.call_targets import CallTargets
from exclave.executor.conversation import Conversation
from exclave.executor.errors import (
    ExecutorError,
    FailedPreconditionError,
)
from exclave.executor.exits import ExitCause, WorkerExit
from exclave.executor.logs import log_event
from exclave.executor.parts import EXIT_TIMEOUT, Parts
from exclave.executor.runtime import EntryPoints, Runtime
from exclave.executor.statistics import SessionStats, Statistics
from exclave.executor.stdin_pipe import Feeder
from exclave.executor.symbols import SymbolTable
from exclave.executor.zones import LANE_SIZE, AddressRange, Zone, ZoneRange

_log = logging.getLogger(__name__)
_CLOSE_ACTIONS_TIMEOUT = 10.0
_DRAIN_TIMEOUT = 30.0


class Session:
    """An open session.

    Attributes:
        token: 128 random bits; who has them owns it.
        name: a short name for logs, from which the token cannot be told.
    """

    def __init__(self, token: bytes, parts: Parts, call_timeout: float, owner: str) -> None:
        self.token = token
        self.owner = owner
        self.name = hashlib.sha256(token).hexdigest()[:8]
        self.parts = parts
        self.output = parts.output
        self._memory = parts.memory
        self._worker = parts.worker
        self._call_timeout = call_timeout
        self._runtime = Runtime(parts.worker, parts.control, parts.memory.lanes, parts.lanes)
        self._statistics = Statistics(self.name, parts.memory, parts.worker, self._runtime)
        self._symbols = SymbolTable(self._runtime, dict(parts.bootstrap))
        self._targets = CallTargets(parts.memory, self._symbols)
        self._allocations = Allocations(parts.memory, self._runtime, self._targets)
        self._answers: Answers[list[AllocationResult]] = Answers()
        self._lock = threading.Lock()
        self._closing = False
        self._died = False
        self._used = time.monotonic()
        self._words: tuple[tuple[int, int], ...] = ()
        self._worker.on_exit(self._note_exit)

    def note_use(self) -> None:
        """A request names the session."""
        self._used = time.monotonic()

    def idle_seconds(self, now: float) -> float:
        """Since it was last used, as far as is known: a request, or a call on a lane, which may be going on."""
        words = self._runtime.lane_words()
        if words != self._words or any(request != reply for request, reply in words):
            self._words, self._used = words, now
        return now - self._used

    def stats(self) -> SessionStats:
        """What it has and has done. Raises: FailedPreconditionError, OutOfRangeError: it has ended."""
        self._runtime.check_alive()
        return self._statistics.take()

    @property
    def zones(self) -> list[ZoneRange]:
        """Where the zones lie in the worker."""
        return list(self._memory.zones.values())

    @property
    def exit(self) -> WorkerExit | None:
        """How the worker ended, None as long as it has not."""
        return self._worker.exit

    @property
    def died(self) -> bool:
        """Whether the worker ended before anybody closed the session."""
        return self._died

    def end_worker(self, reason: str) -> None:
        """Ends the worker without waiting for it; `close` must follow."""
        with self._lock:
            self._closing = True
        self._worker.kill(ExitCause.CLOSED, reason)

    def lease_ended(self) -> None:
        """Whoever opened the session has gone, so its worker must go; `close` follows."""
        self.end_worker("its lease ended")

    def _note_exit(self, gone: WorkerExit) -> None:
        """The worker is no more: first the rest of its output, then all who wait."""
        by_itself = self._died = gone.cause != ExitCause.CLOSED or not self._closing
        self.output.finish(gone if by_itself else None)
        self.parts.stdin.close()
        self._runtime.abandon()
        level = logging.WARNING if by_itself else logging.DEBUG
        log_event(_log, "worker ended", level, session=self.name, cause=gone.cause.name, detail=gone.message)

    # Memory.

    def initialize(
        self, key: bytes, plan: Sequence[AllocationPlan], chunks: Iterable[bytes], timeout: float | None = None
    ) -> list[AllocationResult]:
        """Validates a plan, writes and flushes its contents, runs its finalize actions; all or nothing up to those.

        `timeout` bounds the actions, in seconds.

        Raises: InvalidArgumentError, FailedPreconditionError, ResourceExhaustedError, DeadlineExceededError,
        AbortedError.
        """
        return self._answers.once(key, lambda: self._initialize(plan, chunks, timeout))

    def _initialize(
        self, plan: Sequence[AllocationPlan], chunks: Iterable[bytes], timeout: float | None
    ) -> list[AllocationResult]:
        begin = time.monotonic()
        self._runtime.check_alive()
        results = self._allocations.initialize(plan, chunks, lambda: self.deadline(timeout))
        self._statistics.note_initialize()
        self._log_initialize(plan, results, time.monotonic() - begin)
        return results

    def _log_initialize(
        self, plan: Sequence[AllocationPlan], results: Sequence[AllocationResult], seconds: float
    ) -> None:
        if not _log.isEnabledFor(logging.DEBUG):
            return
        shipped = sum(segment.content_size for allocation in plan for segment in allocation.segments)
        failed = sum(1 for result in results if result.failure)
        facts = {"allocations": len(plan), "bytes": shipped, "failed": failed, "ms": round(seconds * 1e3, 2)}
        log_event(_log, "initialized", logging.DEBUG, session=self.name, **facts)

    def deinitialize(self, numbers: Sequence[int], partly: Mapping[int, int] | None = None) -> list[str]:
        """Runs dealloc actions in reverse order, scrubs and frees; returns the actions' failures.

        `partly`: of which allocations only the first so many deferred pairs were finalized.

        Raises: NotFoundError, InvalidArgumentError (nothing was done then), FailedPreconditionError, AbortedError.
        """
        self._runtime.check_alive()
        failures = self._allocations.deinitialize(numbers, partly or {}, lambda: self.deadline(None))
        self._statistics.note_deinitialize()
        return failures

    def read_memory(self, ranges: Sequence[AddressRange]) -> Iterable[bytes]:
        """Yields memory in chunks. Raises: OutOfRangeError."""
        return self._memory.read(ranges)

    def write_memory(self, ranges: Sequence[AddressRange], chunks: Iterable[bytes]) -> None:
        """Writes data memory. Raises: OutOfRangeError, InvalidArgumentError, ResourceExhaustedError."""
        self._memory.write(ranges, chunks)

    def zero_memory(self, ranges: Sequence[AddressRange]) -> None:
        """Zeros data memory. Raises: OutOfRangeError, ResourceExhaustedError."""
        self._memory.zero(ranges)

    def write_slots(self, slots: Sequence[tuple[int, int]]) -> None:
        """Points slots to other code. Raises: InvalidArgumentError, OutOfRangeError, ResourceExhaustedError."""
        self._runtime.check_alive()
        self._memory.write_slots(slots)

    # Execution.

    def start_runtime(self, points: EntryPoints) -> None:
        """Enters the session runtime. Raises: InvalidArgumentError, FailedPreconditionError, AbortedError."""
        for name in ("serve", "lookup", "run_actions", "flush_code"):
            self._targets.check_code(getattr(points, name), f"{name} of the session runtime")
        self._runtime.enter(points)

    def lookup_symbols(self, names: Sequence[str]) -> list[int]:
        """Addresses of process symbols, 0 for none."""
        return self._symbols.lookup(names, self.deadline(None))

    def conversation(self, dispatch: bool, wake: Callable[[], None], timeout: float | None) -> Conversation:
        """A conversation on a lane, which it takes when it is entered, and waits `timeout` for; `wake` as there."""
        return self._runtime.conversation(dispatch, self.output.drain, wake, self.deadline(timeout))

    def check_call(self, entry: int, function: int) -> None:
        """Raises InvalidArgumentError unless `entry(function, slots)` may be called."""
        self._targets.check_code(entry, "the entry of the call")
        self._targets.check(function, "the function of the call")

    def attach(self) -> Attachment:
        """Gives all lanes but the control lane, and the data, to a controller on this host, once.

        Raises: FailedPreconditionError: ALREADY_ATTACHED, LANES_IN_USE, or the worker is no more.
        """
        self._runtime.check_alive()
        if self._runtime.attached:
            raise FailedPreconditionError("ALREADY_ATTACHED", "the session's lanes have been handed out already")
        attachment = self._attachment()
        if not self._runtime.attach():
            attachment.close()
            raise FailedPreconditionError("LANES_IN_USE", "a stream has or wants a lane of the session")
        log_event(_log, "lanes attached", logging.DEBUG, session=self.name)
        return attachment

    def _attachment(self) -> Attachment:
        memory, output = self._memory.attachment(), self.output.descriptors()
        sizes = (self._memory.zones[Zone.LANES].size, self._memory.zones[Zone.DATA].size)
        attachment = Attachment(self.parts.lanes, LANE_SIZE, *sizes, (*memory, *output))
        if not memory or not output:
            attachment.close()
            raise FailedPreconditionError("WORKER_GONE", "the session's worker is no more")
        return attachment

    def end(self, cause: ExitCause, message: str) -> WorkerExit:
        """Ends the worker, waits for its end and says how it ended.

        Raises: ExecutorError if it does not end.
        """
        self._worker.kill(cause, message)
        self._worker.wait(EXIT_TIMEOUT)
        if self._worker.exit is None:
            raise ExecutorError("WORKER_STAYS", f"the worker did not end within {EXIT_TIMEOUT:.0f} s")
        return self._worker.exit

    def drain_output(self) -> int:
        """Queues what was printed up to now; returns the position."""
        return self.output.drain(_DRAIN_TIMEOUT)

    def feed(self, wake: Callable[[], None]) -> Feeder:
        """Somebody who feeds the code's standard input, until `wake` is called at the latest.

        Raises: FailedPreconditionError.
        """
        return self.parts.stdin.feed(wake)

    def deadline(self, timeout: float | None) -> float:
        """A time of time.monotonic(), not later than the executor allows."""
        most = self._call_timeout
        return time.monotonic() + (most if timeout is None else min(max(timeout, 0.0), most))

    # The end.

    def close(self, run_dealloc: bool, reason: str = "the session was closed") -> list[str]:
        """Ends the session: dealloc actions in reverse order if wanted, then the worker, then the memory.

        Returns the actions' failures. May be called more than once and by several threads.
        """
        with self._lock:
            first, self._closing = not self._closing, True
        failures = self._run_all_dealloc() if first and run_dealloc else []
        self.parts.close(reason)
        return failures

    def _run_all_dealloc(self) -> list[str]:
        pairs = self._allocations.take_all()
        if not pairs or self._worker.exit is not None:
            return []
        try:
            deadline = self.deadline(_CLOSE_ACTIONS_TIMEOUT)
            return run_all(self._runtime, [pair.dealloc for pair in pairs], deadline)
        except ExecutorError as error:
            return [error.message]
