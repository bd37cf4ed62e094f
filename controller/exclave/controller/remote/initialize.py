"""The Initialize rpc, from here: its messages, and how they are sent.

Owns: both. Must not know: sessions' life, errors. Invariant: what fits into one message is sent by a call that is no
stream: that costs twice the time, most of it for threads of gRPC's on both sides.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

import grpc
from exclave.v1 import common_pb2, memory_pb2, memory_pb2_grpc
from google.protobuf import duration_pb2

from ..collector import collector_paused
from ..errors import ExecutorError
from ..interrupts import interrupts_allowed
from ..model import Action, AllocationContent, InitializeResult, SegmentLike, Zone
from .chunks import chunked
from .interrupts import interruptible
from .lease import ZONE_NAMES

_ZONES: dict[Zone, common_pb2.Zone] = {name: number for number, name in ZONE_NAMES.items()}
_NOTHING = Action(0)
_PART = 1 << 14  # values of each column in a message, which then has less than 2 MiB


class InitializeCall:
    """Calls Initialize on a channel, or InitializeAtOnce."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._stub = memory_pb2_grpc.MemoryServiceStub(channel)

    def __call__(
        self, token: bytes, allocations: Sequence[AllocationContent], action_seconds: float, timeout: float
    ) -> list[InitializeResult]:
        """What became of each allocation. Raises grpc.RpcError, ExecutorError: the answer is none."""
        with collector_paused():
            parts = _plan(token, allocations, action_seconds)
        chunks = chunked(segment.content for allocation in allocations for segment in allocation.segments)
        first, second = next(chunks, b""), next(chunks, None)
        if len(parts) == 1 and second is None:
            request = memory_pb2.InitializeAtOnceRequest(plan=parts[0], content=first)
            return _results(self._stub.InitializeAtOnce(request, timeout=timeout).outcome, len(allocations))
        with interrupts_allowed():  # it may take long; the session is ended then
            messages = _messages(parts, chain([first], [] if second is None else [second], chunks))
            response = interruptible(self._stub.Initialize.future(messages, timeout=timeout))
        return _results(response.outcome, len(allocations))


def _results(outcome: memory_pb2.InitializeOutcome, count: int) -> list[InitializeResult]:
    """Raises ExecutorError: they are not of so many allocations, or do not say what became of each."""
    results = [InitializeResult(number, "") for number in outcome.allocation_ids]
    if len(results) != count:
        raise ExecutorError(f"initialize: {len(results)} results for {count} allocations")
    for failure in outcome.failures:
        if failure.index >= count:
            raise ExecutorError(f"initialize: a failure of allocation {failure.index} of {count}")
        exited = failure.exited if failure.HasField("exited") else None
        results[failure.index] = InitializeResult(0, failure.message or "it does not say why", exited)
    if not all(result.allocation_id or result.failure for result in results):
        raise ExecutorError("initialize: an allocation is neither live nor undone")
    return results


def _messages(
    parts: Sequence[memory_pb2.InitializePlan], chunks: Iterator[bytes]
) -> Iterator[memory_pb2.InitializeRequest]:
    """The plan, its last part with the first chunk, since each message costs, and the other chunks."""
    for part in parts[:-1]:
        yield memory_pb2.InitializeRequest(plan=part)
    yield memory_pb2.InitializeRequest(plan=parts[-1], chunk=next(chunks))
    for chunk in chunks:
        yield memory_pb2.InitializeRequest(chunk=chunk)


_Columns = dict[str, list[Any]]


def _plan(token: bytes, allocations: Sequence[AllocationContent], timeout: float) -> list[memory_pb2.InitializePlan]:
    """In parts that fit into a message each."""
    pairs = [pair for allocation in allocations for pair in allocation.actions]
    columns: _Columns = {
        "segment_counts": [len(allocation.segments) for allocation in allocations],
        "pair_counts": [len(allocation.actions) for allocation in allocations],
        "deferred": [pair.deferred for pair in pairs],
    }
    segments = _segment_columns([segment for allocation in allocations for segment in allocation.segments])
    finalize = _action_columns([None if pair.deferred else pair.finalize for pair in pairs])
    dealloc = _action_columns([pair.dealloc for pair in pairs])
    longest = max(len(column) for part in (columns, segments, finalize, dealloc) for column in part.values())
    parts = []
    for begin in range(0, max(longest, 1), _PART):
        cut = _cut(columns, begin)
        part = memory_pb2.InitializePlan(
            segment_counts=cut["segment_counts"],
            pair_counts=cut["pair_counts"],
            segments=memory_pb2.Segments(**_cut(segments, begin)),
            finalize=memory_pb2.Actions(**_cut(finalize, begin)),
            dealloc=memory_pb2.Actions(**_cut(dealloc, begin)),
            deferred=cut["deferred"],
        )
        parts.append(part)
    head = memory_pb2.InitializePlan(session_token=token, idempotency_key=os.urandom(16), timeout=duration(timeout))
    parts[0].MergeFrom(head)
    return parts


def _cut(columns: _Columns, begin: int) -> _Columns:
    return {name: column[begin : begin + _PART] for name, column in columns.items()}


def _segment_columns(segments: Sequence[SegmentLike]) -> _Columns:
    return {
        "addresses": [segment.address for segment in segments],
        "sizes": [segment.size for segment in segments],
        "content_sizes": [len(segment.content) for segment in segments],
        "zones": [_ZONES[segment.zone] for segment in segments],
    }


def _action_columns(actions: Sequence[Action | None]) -> _Columns:
    some = [action or _NOTHING for action in actions]
    return {
        "functions": [action.function for action in some],
        "argument_counts": [len(action.arguments) for action in some],
        "arguments": [value for action in some for value in action.arguments],
        "checked": [action.checked for action in some],
    }


def duration(seconds: float | None) -> duration_pb2.Duration | None:
    """As the protocol has it."""
    if seconds is None:
        return None
    message = duration_pb2.Duration()
    message.FromNanoseconds(max(0, int(seconds * 1e9)))
    return message
