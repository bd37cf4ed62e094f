"""A transport to the executor's own memory in this process: its ledger and its memory files, no wire and no worker.

Owns: the translation of plans and refusals between the two sides. Must not know: gRPC. Invariant: the order of steps is
that of the executor's session: claim, fill, finalize, settle; a failed allocation is discarded alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from exclave.controller.errors import ExecutorRefusedError
from exclave.controller.model import AllocationContent, InitializeResult
from exclave.executor.errors import ExecutorError
from exclave.executor.memory.ledger import Segment
from exclave.executor.memory.session_memory import SessionMemory
from exclave.executor.zones import Zone
from support_actions import ActionTable


class LocalTransport:
    """`exclave.controller.memory.manager.Transport`, and memory to look at."""

    def __init__(self, memory: SessionMemory, actions: ActionTable) -> None:
        self._memory = memory
        self._actions = actions
        self._live: dict[int, AllocationContent] = {}

    def initialize(
        self, allocations: Sequence[AllocationContent], timeout: float | None = None
    ) -> list[InitializeResult]:
        with _refusals():
            ids = self._memory.claim([_plan(allocation) for allocation in allocations])
            segments = [segment for allocation in allocations for segment in allocation.segments]
            self._memory.fill(ids, [bytes(segment.content) for segment in segments])
            return [self._finalize(number, content) for number, content in zip(ids, allocations, strict=True)]

    def _finalize(self, number: int, allocation: AllocationContent) -> InitializeResult:
        failure = self._actions.finalize(allocation.actions)
        if failure:
            self._memory.discard(number)
            return InitializeResult(0, failure)
        self._memory.settle([number])
        self._live[number] = allocation
        return InitializeResult(number, "")

    def deinitialize(self, allocation_ids: Sequence[int], partly: Mapping[int, int] | None = None) -> list[str]:
        with _refusals():
            self._memory.check_live(allocation_ids)
        if len(set(allocation_ids)) < len(allocation_ids):
            raise ExecutorRefusedError("named twice", reason="NO_SUCH_ALLOCATION", status="NOT_FOUND", facts={})
        failures = []
        for number in allocation_ids:
            failures += self._actions.deallocate(self._live.pop(number).actions)
            self._memory.discard(number)
        return failures

    def write_slots(self, slots: Sequence[tuple[int, int]]) -> None:
        with _refusals():
            self._memory.write_slots(slots)

    def read_memory(self, address: int, size: int) -> bytes:
        with _refusals():
            return b"".join(self._memory.read([(address, size)]))


def _plan(allocation: AllocationContent) -> list[Segment]:
    return [Segment(s.address, s.size, len(s.content), Zone[s.zone.upper()]) for s in allocation.segments]


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except ExecutorError as error:
        raise ExecutorRefusedError(
            error.message, reason=error.reason, status=error.status, facts=dict(error.facts)
        ) from error
