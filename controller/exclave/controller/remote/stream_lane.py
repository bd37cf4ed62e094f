"""A lane from afar: the same messages on a gRPC stream; the daemon has the shared memory.

Owns: Converse streams, opened when they are first used. Must not know: sessions, what is called. Invariant: one
message, one answer, in order; a stream whose call was given up is cancelled, and the executor ends the worker for it.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from exclave.v1 import execution_pb2 as pb
from exclave.v1 import execution_pb2_grpc

from ..calls.lane import Answer, CallbackRequest, Exited, LaneBrokenError, LaneTimeoutError, NoRoom, Returned, Unwound
from ..errors import CallTimeout, ExecutorCrash, ExecutorError
from .failures import translated

Request = pb.ConverseRequest


@dataclass(frozen=True)
class StreamMaker:
    """What a stream needs: the stub, whose session, and how to wait for output."""

    stub: execution_pb2_grpc.ExecutionServiceStub
    token: bytes
    address: str
    wait_output: Callable[[int], None]


class ConverseStream:
    """One Converse stream, open."""

    def __init__(self, maker: StreamMaker, dispatch: bool) -> None:
        self._requests: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self._answers = maker.stub.Converse(self._sent())
        self._address = maker.address
        self._requests.put(Request(begin=Request.Begin(session_token=maker.token, dispatch=dispatch)))

    def _sent(self) -> Iterator[Request]:
        while (request := self._requests.get()) is not None:
            yield request

    def send(self, request: Request) -> None:
        """Send a message."""
        self._requests.put(request)

    def receive(self) -> pb.ConverseResponse:
        """The next message; Ctrl-C gives the stream up.

        Raises:
            ExecutorError: why there is none.
        """
        try:
            with translated("call", self._address):
                response: pb.ConverseResponse = next(self._answers)  # type: ignore[call-overload]
                return response
        except StopIteration:
            raise LaneBrokenError from None
        except BaseException:
            self.cancel()
            raise

    def cancel(self) -> None:
        """Give it up."""
        self._answers.cancel()  # type: ignore[no-untyped-call]
        self._requests.put(None)


def open_stream(maker: StreamMaker, dispatch: bool) -> ConverseStream:
    """A stream that has its lane: the dispatch lane, or the next free call lane.

    Raises:
        ExecutorError: why it has none.
    """
    stream = ConverseStream(maker, dispatch)
    if not stream.receive().HasField("began"):
        raise ExecutorError("call: the executor's first word on a lane is not `began`")
    return stream


class StreamLane:
    """One call lane of an executor elsewhere."""

    def __init__(self, maker: StreamMaker) -> None:
        self._maker = maker
        self._stream: ConverseStream | None = None
        self._depth = 0
        self._left: dict[int, bytes] = {}
        self.calls = 0

    def call(self, entry: int, function: int, slots: bytes, result_size: int, deadline: float) -> Answer:
        """Call `entry(function, slots)`."""
        self.calls += 1
        self._depth += 1
        self._left[self._depth] = b""
        call = Request.Call(entry=entry, function=function, slots=slots, result_size=result_size)
        call.timeout.FromNanoseconds(max(0, int((deadline - time.monotonic()) * 1e9)))
        return self._exchange(Request(call=call))

    def resume(self, slots: bytes, deadline: float) -> Answer:  # noqa: ARG002  (the outermost call's counts)
        """Give the callback's slots back."""
        return self._exchange(Request(resume=Request.Resume(slots=slots)))

    def unwind(self, deadline: float) -> Answer:  # noqa: ARG002
        """Abandon the call that the callback came out of."""
        return self._exchange(Request(unwind=Request.Unwind()))

    def _exchange(self, request: Request) -> Answer:
        try:
            stream = self._open()
            stream.send(request)
            return self._answer(stream.receive())
        except ExecutorCrash as crash:
            self._left[self._depth] = crash.slots
            self._give_up()
            raise (LaneTimeoutError if isinstance(crash, CallTimeout) else LaneBrokenError) from None
        except BaseException:
            self._give_up()
            raise

    def _give_up(self) -> None:
        self._stream, self._depth = None, 0

    def left(self, depth: int, size: int) -> bytes:
        """As `Lane.left`."""
        return self._left.get(depth, b"")[:size]

    def _open(self) -> ConverseStream:
        if self._stream is None:
            self._stream = open_stream(self._maker, dispatch=False)
        return self._stream

    def _answer(self, response: pb.ConverseResponse) -> Answer:
        kind = response.WhichOneof("response")
        if kind == "callback":
            return CallbackRequest(response.callback.callback, response.callback.slots)
        position = getattr(getattr(response, kind or ""), "output_position", 0) if kind else 0
        self._maker.wait_output(position)
        return self._end_of_call(kind, response)

    def _end_of_call(self, kind: str | None, response: pb.ConverseResponse) -> Answer:
        if kind != "returned":
            self._left[self._depth] = getattr(getattr(response, kind or ""), "slots", b"") if kind else b""
        self._depth -= 1
        match kind:
            case "returned":
                return Returned(response.returned.result)
            case "exited":
                return Exited(response.exited.exit_code)
            case "unwound":
                return Unwound()
            case "no_room":
                return NoRoom()
        raise LaneBrokenError

    def close(self) -> None:
        """Give the lane back."""
        if self._stream is not None:
            self._stream.cancel()
            self._stream = None


class StreamDispatchLane:
    """The dispatch lane of an executor elsewhere. Used by one thread: the dispatcher."""

    def __init__(self, maker: StreamMaker) -> None:
        self._maker = maker
        self._stream: ConverseStream | None = None

    def next_callback(self, result: bytes | None) -> CallbackRequest | None:
        """Answer the last one (None: it failed), wait for the next; None when the session is over."""
        try:
            if self._stream is None:
                self._stream = open_stream(self._maker, dispatch=True)
            elif result is None:
                self._stream.send(Request(unwind=Request.Unwind()))
            else:
                self._stream.send(Request(resume=Request.Resume(slots=result)))
            response = self._stream.receive()
        except (ExecutorError, LaneBrokenError):
            return None
        if response.WhichOneof("response") != "callback":
            return None
        return CallbackRequest(response.callback.callback, response.callback.slots)
