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
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from exclave.executor.actions import ActionPair, run_actions, run_all, undoing
from exclave.executor.answers import Answers
from exclave.executor.attachment import Attachment
from exclave.executor.code_flush import CodeFlush
from exclave.executor.conversation import Conversation
from exclave.executor.errors import (
    ExecutorError,
    FailedPreconditionError,
    InvalidArgumentError,
    NotFoundError,
)
from exclave.executor.exits import ExitCause, WorkerExit
from exclave.executor.logs import log_event
from exclave.executor.memory.ledger import Segment
from exclave.executor.parts import EXIT_TIMEOUT, Parts
from exclave.executor.runtime import EntryPoints, Runtime
from exclave.executor.statistics import SessionStats, Statistics
from exclave.executor.stdin_pipe import Feeder
from exclave.executor.symbols import SymbolTable
from exclave.executor.zones import LANE_SIZE, AddressRange, Zone, ZoneRange

_log = logging.getLogger(__name__)
_CLOSE_ACTIONS_TIMEOUT = 10.0
_DRAIN_TIMEOUT = 30.0


@dataclass(frozen=True, slots=True)
class AllocationPlan:
    """What one link takes: its segments and its alloc actions, in order."""

    segments: tuple[Segment, ...]
    actions: tuple[ActionPair, ...]


@dataclass(frozen=True, slots=True)
class AllocationResult:
    """Names an initialized allocation; or, when it was undone, 0, a sentence, and exit()'s argument if that was why."""

    number: int
    failure: str = ""
    exited: int | None = None


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
        self._code_flush = CodeFlush(parts.memory, self._runtime)
        self._statistics = Statistics(self.name, parts.memory, parts.worker, self._runtime)
        self._symbols = SymbolTable(self._runtime, dict(parts.bootstrap))
        self._answers: Answers[list[AllocationResult]] = Answers()
        self._actions: dict[int, tuple[ActionPair, ...]] = {}
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
        self._check_actions(plan)
        numbers = self._memory.claim([allocation.segments for allocation in plan])
        try:
            shipped = self._memory.fill(numbers, chunks)
            deadline = self.deadline(timeout)
            self._code_flush.flush(numbers, deadline)
            failures = self._finalize(plan, deadline)
            self._memory.settle(number for i, number in enumerate(numbers) if i not in failures)
        except BaseException:
            self._discard(numbers)
            raise
        results = self._note_allocations(plan, numbers, failures)
        self._statistics.note_initialize()
        self._log_initialize(plan, shipped, failures, begin)
        return results

    def _log_initialize(
        self, plan: Sequence[AllocationPlan], shipped: int, failures: dict[int, AllocationResult], begin: float
    ) -> None:
        milliseconds = round((time.monotonic() - begin) * 1e3, 2)
        facts = {"allocations": len(plan), "bytes": shipped, "failed": len(failures), "ms": milliseconds}
        log_event(_log, "initialized", logging.DEBUG, session=self.name, **facts)

    def _note_allocations(
        self, plan: Sequence[AllocationPlan], numbers: Sequence[int], failures: dict[int, AllocationResult]
    ) -> list[AllocationResult]:
        self._discard([numbers[i] for i in failures])
        with self._lock:
            for i, number in enumerate(numbers):
                if i not in failures:
                    self._actions[number] = plan[i].actions
        return [failures.get(i) or AllocationResult(number) for i, number in enumerate(numbers)]

    def _discard(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            self._memory.discard(number)

    def _finalize(self, plan: Sequence[AllocationPlan], deadline: float) -> dict[int, AllocationResult]:
        """Runs all finalize actions in order; returns what failed, by the allocation's index.

        An allocation's failure undoes what it did, and the next allocation goes on.
        """
        failures: dict[int, AllocationResult] = {}
        todo = [(i, j) for i, allocation in enumerate(plan) for j in range(len(allocation.actions))]
        while todo:
            actions = [plan[i].actions[j].finalize for i, j in todo]
            failure = run_actions(self._runtime, actions, deadline)
            if failure is None:
                break
            i, j = todo[failure.index]
            undo = [pair.dealloc for pair in reversed(plan[i].actions[:j])]
            text = "; ".join([failure.message, *run_all(self._runtime, undo, deadline)])
            failures[i] = AllocationResult(0, text, failure.exited)
            todo = [place for place in todo[failure.index :] if place[0] != i]
        return failures

    def _check_actions(self, plan: Sequence[AllocationPlan]) -> None:
        """Every function is code of the plan, live code, or a symbol that was looked up."""
        if not any(allocation.actions for allocation in plan):
            return
        self._runtime.points()
        code = sorted((s.address, s.end) for allocation in plan for s in allocation.segments if s.zone == Zone.CODE)
        checked = {0}  # most actions call the same few functions; 0 is nothing to do
        for i, allocation in enumerate(plan):
            for j, pair in enumerate(allocation.actions):
                for function in {pair.finalize.function, pair.dealloc.function} - checked:
                    if not _within(code, function):
                        self._check_callable(function, f"allocation {i}, alloc action {j}")
                    checked.add(function)

    def deinitialize(self, numbers: Sequence[int], partly: Mapping[int, int] | None = None) -> list[str]:
        """Runs dealloc actions in reverse order, scrubs and frees; returns the actions' failures.

        `partly`: of which allocations only the first so many deferred pairs were finalized.

        Raises: NotFoundError, InvalidArgumentError (nothing was done then), FailedPreconditionError, AbortedError.
        """
        self._runtime.check_alive()
        partly = partly or {}
        _check_among(partly, numbers)
        taken = self._take_actions(numbers)
        failures: list[str] = []
        try:
            for number, pairs in zip(numbers, taken, strict=True):
                undo = undoing(pairs, partly.get(number))
                if undo:
                    failures += run_all(self._runtime, undo, self.deadline(None))
        finally:
            self._discard(numbers)
        self._statistics.note_deinitialize()
        return failures

    def _take_actions(self, numbers: Sequence[int]) -> list[tuple[ActionPair, ...]]:
        """Takes allocations out of the record, all or none: nobody else deinitializes them now."""
        with self._lock:
            known = [number for number in dict.fromkeys(numbers) if number in self._actions]
            if len(known) != len(numbers):
                wrong = next((n for n in numbers if n not in self._actions), numbers[0] if numbers else 0)
                text = f"the session has no allocation {wrong}, or it is named twice"
                raise NotFoundError("NO_SUCH_ALLOCATION", text, allocation=wrong)
            return [self._actions.pop(number) for number in numbers]

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
            address = getattr(points, name)
            if not self._memory.is_code(address):
                raise _not_code(f"{name} of the session runtime", address)
        self._runtime.enter(points)

    def lookup_symbols(self, names: Sequence[str]) -> list[int]:
        """Addresses of process symbols, 0 for none."""
        return self._symbols.lookup(names, self.deadline(None))

    def conversation(self, dispatch: bool, wake: Callable[[], None], timeout: float | None) -> Conversation:
        """A conversation on a lane, which it takes when it is entered, and waits `timeout` for; `wake` as there."""
        return self._runtime.conversation(dispatch, self.output.drain, wake, self.deadline(timeout))

    def check_call(self, entry: int, function: int) -> None:
        """Raises InvalidArgumentError unless `entry(function, slots)` may be called."""
        if not self._memory.is_code(entry):
            raise _not_code("the entry of the call", entry)
        self._check_callable(function, "the call")

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

    def _check_callable(self, function: int, who: str) -> None:
        if not self._memory.is_code(function) and not self._symbols.knows(function):
            raise _not_code(f"the function of {who}", function)

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
        with self._lock:
            pairs = [pair for number in sorted(self._actions, reverse=True) for pair in reversed(self._actions[number])]
            self._actions.clear()
        if not pairs or self._worker.exit is not None:
            return []
        try:
            deadline = self.deadline(_CLOSE_ACTIONS_TIMEOUT)
            return run_all(self._runtime, [pair.dealloc for pair in pairs], deadline)
        except ExecutorError as error:
            return [error.message]


def _check_among(partly: Mapping[int, int], numbers: Sequence[int]) -> None:
    for number in partly:
        if number not in numbers:
            text = f"allocation {number} is called partly finalized, but is not to be deinitialized"
            raise InvalidArgumentError("NOT_NAMED", text, allocation=number)


def _within(ranges: Sequence[tuple[int, int]], address: int) -> bool:
    """Whether one of these ranges, which are sorted and apart, holds an address."""
    place = bisect_right(ranges, (address, 1 << 64)) - 1
    return place >= 0 and address < ranges[place][1]


def _not_code(what: str, address: int) -> InvalidArgumentError:
    text = f"{what}, {address:#x}, is neither live code of the session nor an address that a lookup gave"
    return InvalidArgumentError("NOT_CODE", text, address=hex(address))
