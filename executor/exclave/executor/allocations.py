"""A session's allocations: what is initialized, and with it the alloc actions that undo it.

Owns: the order of an Initialize's and a Deinitialize's steps. Must not know: gRPC, the session's life; how bytes are
written, actions packed, code flushed. Invariant: an allocation is on record as soon as its last finalize action has
succeeded, and until its first dealloc action begins; what fails leaves nothing of itself behind.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from exclave.executor.actions import ActionPair, run_actions, run_all, undoing
from exclave.executor.call_targets import CallTargets
from exclave.executor.code_flush import CodeFlush
from exclave.executor.errors import InvalidArgumentError, NotFoundError
from exclave.executor.memory.ledger import Segment
from exclave.executor.memory.session_memory import SessionMemory
from exclave.executor.runtime import Runtime
from exclave.executor.zones import Zone


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


class Allocations:
    """Of one session. Thread-safe."""

    def __init__(self, memory: SessionMemory, runtime: Runtime, targets: CallTargets) -> None:
        self._memory = memory
        self._runtime = runtime
        self._targets = targets
        self._code_flush = CodeFlush(memory, runtime)
        self._actions: dict[int, tuple[ActionPair, ...]] = {}
        self._lock = threading.Lock()

    def initialize(
        self, plan: Sequence[AllocationPlan], chunks: Iterable[bytes], deadline: Callable[[], float]
    ) -> list[AllocationResult]:
        """Validates a plan, writes and flushes its contents, runs its finalize actions; all or nothing up to those.

        `deadline`: of the actions, asked for when they begin.

        Raises: InvalidArgumentError, FailedPreconditionError, ResourceExhaustedError, DeadlineExceededError,
        AbortedError.
        """
        self._check_actions(plan)
        numbers = self._memory.claim([allocation.segments for allocation in plan])
        try:
            self._memory.fill(numbers, chunks)
            until = deadline()
            self._code_flush.flush(numbers, until)
            failures = self._finalize(plan, until)
            self._memory.settle(number for i, number in enumerate(numbers) if i not in failures)
        except BaseException:
            self._discard(numbers)
            raise
        return self._note(plan, numbers, failures)

    def deinitialize(
        self, numbers: Sequence[int], partly: Mapping[int, int], deadline: Callable[[], float]
    ) -> list[str]:
        """Runs dealloc actions in reverse order, scrubs and frees; returns the actions' failures.

        `partly`: of which allocations only the first so many deferred pairs were finalized; `deadline`: of one's.

        Raises: NotFoundError, InvalidArgumentError (nothing was done then), AbortedError.
        """
        _check_among(partly, numbers)
        taken = self._take(numbers)
        failures: list[str] = []
        try:
            for number, pairs in zip(numbers, taken, strict=True):
                undo = undoing(pairs, partly.get(number))
                if undo:
                    failures += run_all(self._runtime, undo, deadline())
        finally:
            self._discard(numbers)
        return failures

    def take_all(self) -> list[ActionPair]:
        """Takes all allocations out of the record; returns their pairs, the last one first."""
        with self._lock:
            pairs = [pair for number in sorted(self._actions, reverse=True) for pair in reversed(self._actions[number])]
            self._actions.clear()
        return pairs

    def _note(
        self, plan: Sequence[AllocationPlan], numbers: Sequence[int], failures: dict[int, AllocationResult]
    ) -> list[AllocationResult]:
        self._discard([numbers[i] for i in failures])
        with self._lock:
            for i, number in enumerate(numbers):
                if i not in failures:
                    self._actions[number] = plan[i].actions
        return [failures.get(i) or AllocationResult(number) for i, number in enumerate(numbers)]

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
                        self._targets.check(function, f"the function of allocation {i}, alloc action {j}")
                    checked.add(function)

    def _take(self, numbers: Sequence[int]) -> list[tuple[ActionPair, ...]]:
        """Takes allocations out of the record, all or none: nobody else deinitializes them now."""
        with self._lock:
            known = [number for number in dict.fromkeys(numbers) if number in self._actions]
            if len(known) != len(numbers):
                wrong = next((n for n in numbers if n not in self._actions), numbers[0] if numbers else 0)
                text = f"the session has no allocation {wrong}, or it is named twice"
                raise NotFoundError("NO_SUCH_ALLOCATION", text, allocation=wrong)
            return [self._actions.pop(number) for number in numbers]

    def _discard(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            self._memory.discard(number)


def _check_among(partly: Mapping[int, int], numbers: Sequence[int]) -> None:
    for number in partly:
        if number not in numbers:
            text = f"allocation {number} is called partly finalized, but is not to be deinitialized"
            raise InvalidArgumentError("NOT_NAMED", text, allocation=number)


def _within(ranges: Sequence[tuple[int, int]], address: int) -> bool:
    """Whether one of these ranges, which are sorted and apart, holds an address."""
    place = bisect_right(ranges, (address, 1 << 64)) - 1
    return place >= 0 and address < ranges[place][1]
