"""Hostile clients: plans that lie, in a stream and at once; they are refused, and leave nothing."""

from __future__ import annotations

import grpc
import pytest
from exclave.v1 import memory_pb2
from grpc import StatusCode
from support_executor import CODE, DATA, LANES, READONLY
from support_plans import Action, Pair
from support_wire import MIB, at, end, plan


def uneven(session, spoil):
    """A plan that is right but for one column."""
    requests = plan(session, (at(session, DATA), 16, 0, DATA), actions=[Pair(Action(session.at["add"], [1, 2]))])
    spoil(requests[0].plan)
    return requests


def initialize(session, requests):
    return session.daemon.memory.Initialize(iter(requests), timeout=20)


def action(function):
    return Pair(Action(function))


PLANS = {
    "no segment has a size": lambda s: plan(s, (at(s, DATA), 0, 0, DATA)),
    "outside of its zone": lambda s: plan(s, (end(s, DATA), 16, 16, DATA), content=bytes(16)),
    "across the end of its zone": lambda s: plan(s, (end(s, DATA) - 8, 16, 16, DATA), content=bytes(16)),
    "before its zone": lambda s: plan(s, (at(s, CODE) - 8, 16, 16, CODE), content=bytes(16)),
    "of another zone": lambda s: plan(s, (at(s, CODE, 1 << 20), 16, 16, DATA), content=bytes(16)),
    "data as code": lambda s: plan(s, (at(s, DATA), 16, 16, CODE), content=bytes(16)),
    "read-only data as data": lambda s: plan(s, (at(s, READONLY), 16, 16, DATA), content=bytes(16)),
    "in the lanes": lambda s: plan(s, (at(s, LANES), 16, 16, LANES), content=bytes(16)),
    "of no zone": lambda s: plan(s, (at(s, DATA), 16, 16, 0), content=bytes(16)),
    "of a zone that is none": lambda s: plan(s, (at(s, DATA), 16, 16, 77), content=bytes(16)),
    "at 0": lambda s: plan(s, (0, 16, 16, DATA), content=bytes(16)),
    "that wraps": lambda s: plan(s, ((1 << 64) - 4096, 8192, 16, DATA), content=bytes(16)),
    "as large as all addresses": lambda s: plan(s, (at(s, DATA), (1 << 64) - 1, 16, DATA), content=bytes(16)),
    "with more content than size": lambda s: plan(s, (at(s, DATA), 16, 17, DATA), content=bytes(17)),
    "over the session runtime": lambda s: plan(s, (at(s, CODE), 16, 16, CODE), content=bytes(16)),
    "twice the same": lambda s: plan(s, *[(at(s, DATA), 16, 16, DATA)] * 2, content=bytes(32)),
    "one over the other": lambda s: plan(s, (at(s, DATA), 32, 8, DATA), (at(s, DATA, 31), 8, 8, DATA), content=bytes(16)),
    "less content than was said": lambda s: plan(s, (at(s, DATA), 64, 64, DATA), content=bytes(63)),
    "more content than was said": lambda s: plan(s, (at(s, DATA), 64, 64, DATA), content=bytes(65)),
    "an action that is nowhere": lambda s: plan(s, (at(s, DATA), 16, 0, DATA), actions=[action(0x1234)]),
    "an action in data": lambda s: plan(s, (at(s, DATA), 16, 0, DATA), actions=[action(at(s, DATA))]),
    "an action of a million arguments": lambda s: plan(
        s,
        (at(s, DATA), 16, 0, DATA),
        actions=[Pair(Action(s.at["add"], range(100_000)))],
    ),
    "uneven segments": lambda s: uneven(s, lambda plan: plan.segments.sizes.append(8)),
    "a segment that says no zone": lambda s: uneven(s, lambda plan: plan.segments.zones.pop()),
    "content sizes of nothing": lambda s: uneven(s, lambda plan: plan.segments.content_sizes.append(8)),
    "segments that there are not": lambda s: uneven(s, lambda plan: plan.segment_counts.append(0xFFFFFFFF)),
    "actions that there are not": lambda s: uneven(s, lambda plan: plan.pair_counts.append(0xFFFFFFFF)),
    "pairs of no allocation": lambda s: uneven(s, lambda plan: plan.pair_counts.append(0)),
    "an action without its undoing": lambda s: uneven(s, lambda plan: plan.dealloc.functions.pop()),
    "deferred nothing": lambda s: uneven(s, lambda plan: plan.deferred.append(True)),
    "arguments that there are not": lambda s: uneven(s, lambda plan: plan.finalize.arguments.pop()),
    "arguments of nobody": lambda s: uneven(s, lambda plan: plan.dealloc.arguments.append(1)),
    "actions unchecked and checked": lambda s: uneven(s, lambda plan: plan.finalize.checked.append(True)),
    "too many actions": lambda s: plan(s, (at(s, DATA), 16, 0, DATA), actions=[action(s.at["add"])] * 66_000) * 4,
    "too many allocations": lambda s: [uneven(s, lambda plan: plan.segment_counts.extend([0] * 200_000))[0]] * 2,
    "too many arguments": lambda s: [uneven(s, lambda plan: plan.dealloc.arguments.extend([1] * 300_000))[0]] * 4,
    "a key without end": lambda s: [
        memory_pb2.InitializeRequest(
            plan=memory_pb2.InitializePlan(session_token=s.token, idempotency_key=bytes(1 << 20))
        )
    ],
    "a plan behind content": lambda s: plan(s, (at(s, DATA), 16, 16, DATA), content=bytes(8)) * 2,
    "content before the plan": lambda s: [memory_pb2.InitializeRequest(chunk=b"x"), *plan(s, (at(s, DATA), 8, 8, DATA))],
    "a chunk that is too large": lambda s: [
        *plan(s, (at(s, DATA), 4 * MIB, 2 * MIB, DATA)),
        memory_pb2.InitializeRequest(chunk=bytes(MIB + 1)),
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", PLANS)
def test_plans_that_are_refused_and_leave_nothing(session, name):
    with pytest.raises(grpc.RpcError) as caught:
        initialize(session, PLANS[name](session))
    assert caught.value.code() is StatusCode.INVALID_ARGUMENT
    assert caught.value.details()
    session.load(DATA, 0, b"the range is free")


OF_SEVERAL = ("a plan behind content", "content before the plan", *[name for name in PLANS if "too many" in name])


@pytest.mark.parametrize("name", [name for name in PLANS if name not in OF_SEVERAL])
def test_plans_that_are_refused_at_once_and_leave_nothing(session, name):
    """The same in one message; what is only about the order of messages does not apply."""
    requests = PLANS[name](session)
    content = b"".join(request.chunk for request in requests)
    message = memory_pb2.InitializeAtOnceRequest(plan=requests[0].plan, content=content)
    with pytest.raises(grpc.RpcError) as caught:
        session.daemon.memory.InitializeAtOnce(message, timeout=20)
    assert caught.value.code() is StatusCode.INVALID_ARGUMENT
    assert caught.value.details()
    session.load(DATA, 0, b"the range is free")


def test_an_initialize_at_once_without_a_plan(session):
    with pytest.raises(grpc.RpcError) as caught:
        session.daemon.memory.InitializeAtOnce(memory_pb2.InitializeAtOnceRequest(content=b"x"), timeout=20)
    assert caught.value.code() is StatusCode.INVALID_ARGUMENT


def test_very_many_segments(session):
    """As many as fit a message: refused or taken, but in time."""
    segments = [(at(session, DATA, 64 * i), 64, 0, DATA) for i in range(80_000)]
    with pytest.raises(grpc.RpcError) as caught:
        initialize(session, plan(session, *segments, (at(session, DATA), 8, 0, DATA)))
    assert caught.value.code() in (StatusCode.INVALID_ARGUMENT, StatusCode.RESOURCE_EXHAUSTED)
