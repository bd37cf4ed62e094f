"""Plans of an Initialize as a client of one's own writes them, right or wrong."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from exclave.v1 import memory_pb2


class Action(NamedTuple):
    """A call in the worker."""

    function: int = 0
    arguments: Sequence[int] = ()
    checked: bool = False


class Pair(NamedTuple):
    """A finalize action and its undoing."""

    finalize: Action = Action()
    dealloc: Action = Action()
    deferred: bool = False


class Result(NamedTuple):
    """What became of an allocation."""

    allocation_id: int
    failure: str = ""
    exited: int | None = None


def plan_message(
    token: bytes, allocations: Iterable[tuple[Sequence[tuple[int, int, int, int]], Sequence[Pair]]], key: bytes = b""
) -> memory_pb2.InitializePlan:
    """A plan of allocations: their segments, each (address, size, content_size, zone), and their pairs."""
    plan = memory_pb2.InitializePlan(session_token=token, idempotency_key=key)
    for segments, pairs in allocations:
        plan.segment_counts.append(len(segments))
        plan.pair_counts.append(len(pairs))
        for address, size, content_size, zone in segments:
            plan.segments.addresses.append(address % (1 << 64))
            plan.segments.sizes.append(size)
            plan.segments.content_sizes.append(content_size)
            plan.segments.zones.append(zone)
        for pair in pairs:
            _append_action(plan.finalize, pair.finalize)
            _append_action(plan.dealloc, pair.dealloc)
            plan.deferred.append(pair.deferred)
    return plan


def _append_action(columns: memory_pb2.Actions, action: Action) -> None:
    columns.functions.append(action.function)
    columns.argument_counts.append(len(action.arguments))
    columns.arguments.extend(action.arguments)
    columns.checked.append(action.checked)


def results_of(response) -> list[Result]:
    """Of an Initialize or an InitializeAtOnce."""
    results = [Result(number) for number in response.outcome.allocation_ids]
    for failure in response.outcome.failures:
        exited = failure.exited if failure.HasField("exited") else None
        results[failure.index] = Result(0, failure.message, exited)
    return results
