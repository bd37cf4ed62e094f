"""A lane from afar: the same messages on a gRPC stream; the daemon has the shared memory.

Owns: one Converse stream, opened when it is first used. Must not know: sessions, what is called. Invariant: one message,
one answer, in order; when a call cannot be finished the stream is cancelled, which ends the worker.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterator

import grpc
from exclave.v1 import execution_pb2 as pb
from exclave.v1 import execution_pb2_grpc

from ..calls.lane import (
    Answer,
    CallbackRequest,
    Exited,
    LaneBrokenError,
    NoRoom,
    Returned,
    Unwound,
)
from .failures import translated

SLACK_SECONDS = 5.0
"""How much later than the executor's own deadline ours is: the executor's answer says more."""


class StreamLane:
    """One call lane of an executor elsewhere."""

    def __init__(
        self,
        stub: execution_pb2_grpc.ExecutionServiceStub,
        token: bytes,
        address: str,
        wait_output: Callable[[int], None],
    ) -> None:
        self._stub = stub
        self._token = token
        self._address = address
        self._wait_output = wait_output
        self._requests: queue.SimpleQueue[pb.ConverseRequest | None] | None = None
        self._answers: Iterator[pb.ConverseResponse] | None = None
        self._sizes: list[int] = []

    def call(self, entry: int, function: int, slots: bytes, result_size: int, deadline: float) -> Answer:
        """Call `entry(function, slots)`."""
        self._sizes.append(result_size)
        message = pb.ConverseRequest.Call(entry=entry, function=function, slots=slots, result_size=result_size)
        message.timeout.FromNanoseconds(max(0, int((deadline - time.monotonic()) * 1e9)))
        return self._exchange(pb.ConverseRequest(call=message))

    def resume(self, slots: bytes, deadline: float) -> Answer:  # noqa: ARG002  (the call's deadline counts)
        """Give the callback's slots back."""
        return self._exchange(pb.ConverseRequest(resume=pb.ConverseRequest.Resume(slots=slots)))

    def unwind(self, deadline: float) -> Answer:  # noqa: ARG002
        """Abandon the call that the callback came out of."""
        return self._exchange(pb.ConverseRequest(unwind=pb.ConverseRequest.Unwind()))
