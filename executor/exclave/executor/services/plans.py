"""Plans as they come over the wire, and what became of them.

Owns: columns to allocations, results to columns. Must not know: sessions, memory, which addresses are allowed.
Invariant: columns are of the lengths that they say of each other, and of bounded ones, before anything is made of them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence, Sized
from itertools import accumulate, islice

from exclave.executor.actions import MAX_ARGUMENTS, Action, ActionPair
from exclave.executor.allocations import AllocationPlan, AllocationResult
from exclave.executor.errors import InvalidArgumentError
from exclave.executor.memory.ledger import Segment
from exclave.v1 import memory_pb2 as pb

MAX_SEGMENTS = MAX_ACTIONS = 1 << 18


def read_plan(message: pb.InitializePlan) -> list[AllocationPlan]:
    """Its allocations.

    Raises: InvalidArgumentError.
    """
    check_size(message)
    segment_counts, pair_counts = message.segment_counts[:], message.pair_counts[:]
    _check_length("pair_counts", pair_counts, len(segment_counts))
    segments = _segments(message.segments, sum(segment_counts))
    pairs = _pairs(message, pair_counts)
    return [
        AllocationPlan(tuple(islice(segments, some)), tuple(islice(pairs, few)))
        for some, few in zip(segment_counts, pair_counts, strict=True)
    ]


def check_size(message: pb.InitializePlan) -> None:
    """Raises InvalidArgumentError if it, or what there is of it yet, is too large to be looked at."""
    segments, actions = message.segments, (message.finalize, message.dealloc)
    _check_most("ALLOCATIONS", MAX_SEGMENTS, [message.segment_counts, message.pair_counts])
    columns = [segments.addresses, segments.sizes, segments.content_sizes, segments.zones]
    _check_most("SEGMENTS", MAX_SEGMENTS, columns)
    _check_most("ACTIONS", MAX_ACTIONS, [message.deferred])
    for one in actions:
        _check_most("ACTIONS", MAX_ACTIONS, [one.functions, one.argument_counts, one.checked])
        _check_most("ARGUMENTS", MAX_ACTIONS * MAX_ARGUMENTS, [one.arguments])


def outcome(results: Sequence[AllocationResult]) -> pb.InitializeOutcome:
    """What the client is told of them."""
    failures = [
        pb.AllocationFailure(index=i, message=result.failure, exited=result.exited)
        for i, result in enumerate(results)
        if result.failure
    ]
    return pb.InitializeOutcome(allocation_ids=[result.number for result in results], failures=failures)


def _segments(columns: pb.Segments, count: int) -> Iterator[Segment]:
    parts = columns.addresses[:], columns.sizes[:], columns.content_sizes[:], columns.zones[:]
    for name, part in zip(("addresses", "sizes", "content_sizes", "zones"), parts, strict=True):
        _check_length(f"segments.{name}", part, count)
    return map(Segment, *parts)


def _pairs(message: pb.InitializePlan, counts: Sequence[int]) -> Iterator[ActionPair]:
    deferred, count = message.deferred[:], sum(counts)
    _check_length("deferred", deferred, count)
    finalize = _actions(message.finalize, "finalize", count)
    pairs = list(map(ActionPair, finalize, _actions(message.dealloc, "dealloc", count), deferred))
    for place, later in enumerate(deferred):
        if later and pairs[place].finalize.function:
            allocation = bisect_right(list(accumulate(counts)), place)
            text = f"allocation {allocation}: a deferred pair with a finalize action: the caller is to run it"
            raise InvalidArgumentError("DEFERRED_ACTION", text, allocation=allocation)
    return iter(pairs)


def _actions(columns: pb.Actions, which: str, count: int) -> Iterator[Action]:
    functions, counts, checked = columns.functions[:], columns.argument_counts[:], columns.checked[:]
    for name, part in (("functions", functions), ("argument_counts", counts), ("checked", checked)):
        _check_length(f"{which}.{name}", part, count)
    if max(counts, default=0) > MAX_ARGUMENTS:
        text = f"{which}: an alloc action with {max(counts)} arguments, at most {MAX_ARGUMENTS}"
        raise InvalidArgumentError("TOO_MANY_ARGUMENTS", text, count=max(counts), most=MAX_ARGUMENTS)
    _check_length(f"{which}.arguments", columns.arguments, sum(counts))
    values = iter(columns.arguments[:])
    return map(Action, functions, [tuple(islice(values, few)) for few in counts], checked)


def _check_most(what: str, most: int, columns: Sequence[Sized]) -> None:
    count = max(map(len, columns))
    if count > most:
        text = f"the plan has {count} {what.lower()}, more than {most}: send several plans"
        raise InvalidArgumentError(f"TOO_MANY_{what}", text, count=count, most=most)


def _check_length(column: str, values: Sized, count: int) -> None:
    if len(values) != count:
        text = f"the plan's column {column} has {len(values)} values, where the others say {count}"
        raise InvalidArgumentError("UNEVEN_PLAN", text, column=column, values=len(values), expected=count)
