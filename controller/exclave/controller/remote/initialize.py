"""The Initialize rpc, from here: its messages, and how they are sent.

Owns: both. Must not know: sessions' life, errors. Invariant: what fits into one message is sent by a call that is no
stream: that costs twice the time, most of it for threads of gRPC's on both sides.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import chain

import grpc
from exclave.v1 import common_pb2, memory_pb2, memory_pb2_grpc
from google.protobuf import duration_pb2

from ..collector import collector_paused
from ..interrupts import interrupts_allowed
from ..model import Action, ActionPair, AllocationContent, Zone
from .chunks import chunked
from .interrupts import interruptible
from .lease import ZONE_NAMES

_ZONES: dict[Zone, common_pb2.Zone] = {name: number for number, name in ZONE_NAMES.items()}


class InitializeCall:
    """Calls Initialize on a channel, or InitializeAtOnce."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._stub = memory_pb2_grpc.MemoryServiceStub(channel)

    def __call__(
        self, token: bytes, allocations: Sequence[AllocationContent], action_seconds: float, timeout: float
    ) -> Sequence[memory_pb2.InitializeResult]:
        """What became of each allocation. Raises grpc.RpcError."""
        plan = _plan(token, allocations, action_seconds)
        chunks = chunked(segment.content for allocation in allocations for segment in allocation.segments)
        first, second = next(chunks, b""), next(chunks, None)
        if second is None:
            request = memory_pb2.InitializeAtOnceRequest(plan=plan, content=first)
            return self._stub.InitializeAtOnce(request, timeout=timeout).results
        with interrupts_allowed():  # it may take long; the session is ended then
            messages = _messages(plan, chain([first, second], chunks))
            return interruptible(self._stub.Initialize.future(messages, timeout=timeout)).results


def _messages(plan: memory_pb2.InitializePlan, chunks: Iterator[bytes]) -> Iterator[memory_pb2.InitializeRequest]:
    """The plan with the first chunk, since each message costs, and the other chunks."""
    yield memory_pb2.InitializeRequest(plan=plan, chunk=next(chunks))
    for chunk in chunks:
        yield memory_pb2.InitializeRequest(chunk=chunk)


def _plan(token: bytes, allocations: Sequence[AllocationContent], timeout: float) -> memory_pb2.InitializePlan:
    key = os.urandom(16)
    plan = memory_pb2.InitializePlan(session_token=token, idempotency_key=key, timeout=duration(timeout))
    with collector_paused():
        plan.allocations.extend([_allocation_message(allocation) for allocation in allocations])
    return plan


def _allocation_message(allocation: AllocationContent) -> memory_pb2.Allocation:
    return memory_pb2.Allocation(
        segments=[
            memory_pb2.Segment(
                address=segment.address,
                size=segment.size,
                content_size=len(segment.content),
                zone=_ZONES[segment.zone],
            )
            for segment in allocation.segments
        ],
        actions=[_action_pair_message(pair) for pair in allocation.actions],
    )


def _action_pair_message(pair: ActionPair) -> memory_pb2.ActionPair:
    finalize = None if pair.deferred else _action_message(pair.finalize)
    return memory_pb2.ActionPair(finalize=finalize, dealloc=_action_message(pair.dealloc), deferred=pair.deferred)


def _action_message(action: Action | None) -> memory_pb2.Action | None:
    if action is None:
        return None
    return memory_pb2.Action(function=action.function, arguments=action.arguments, checked=action.checked)


def duration(seconds: float | None) -> duration_pb2.Duration | None:
    """As the protocol has it."""
    if seconds is None:
        return None
    message = duration_pb2.Duration()
    message.FromNanoseconds(max(0, int(seconds * 1e9)))
    return message
