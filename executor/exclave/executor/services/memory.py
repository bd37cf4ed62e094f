"""MemoryService."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import grpc
from exclave.executor.actions import MAX_ARGUMENTS, Action, ActionPair
from exclave.executor.answers import MAX_KEY
from exclave.executor.errors import InvalidArgumentError
from exclave.executor.memory.ledger import Segment
from exclave.executor.memory.session_memory import MAX_CHUNK
from exclave.executor.services.silence import SilenceWatch
from exclave.executor.services.status import translated_errors
from exclave.executor.services.timeouts import timeout_of
from exclave.executor.session import AllocationPlan, AllocationResult
from exclave.executor.sessions import Sessions
from exclave.executor.zones import AddressRange
from exclave.v1 import memory_pb2 as pb
from exclave.v1 import memory_pb2_grpc

MAX_RANGES = 1024  # of one read or write; memory.proto says it too
MAX_SLOTS = 65536  # of one write of slots; memory.proto says it too


class MemoryServicer(memory_pb2_grpc.MemoryServiceServicer):
    """Writes, frees and reads sessions' memory."""

    def __init__(self, sessions: Sessions, silence: SilenceWatch) -> None:
        self._sessions = sessions
        self._silence = silence

    def Initialize(  # noqa: N802, D102
        self, request_iterator: Iterator[pb.InitializeRequest], context: grpc.ServicerContext
    ) -> pb.InitializeResponse:
        with translated_errors(context):
            requests = self._silence.messages(request_iterator, context)
            first = _first(next(requests, None))
            return pb.InitializeResponse(results=self._initialize(first.plan, _plan_chunks(first, requests)))
        raise AssertionError

    def InitializeAtOnce(  # noqa: N802, D102
        self, request: pb.InitializeAtOnceRequest, context: grpc.ServicerContext
    ) -> pb.InitializeAtOnceResponse:
        with translated_errors(context):
            if not request.HasField("plan"):
                raise InvalidArgumentError("NO_PLAN", "an InitializeAtOnce must have a plan")
            chunks = [_checked_chunk(request.content)] if request.content else []
            return pb.InitializeAtOnceResponse(results=self._initialize(request.plan, chunks))
        raise AssertionError

    def _initialize(self, plan: pb.InitializePlan, chunks: Iterable[bytes]) -> list[pb.InitializeResult]:
        session = self._sessions.find(plan.session_token)
        if len(plan.idempotency_key) > MAX_KEY:
            raise InvalidArgumentError("BAD_KEY", f"an idempotency key has at most {MAX_KEY} bytes")
        allocations = [_allocation(allocation, i) for i, allocation in enumerate(plan.allocations)]
        results = session.initialize(plan.idempotency_key, allocations, chunks, timeout_of(plan))
        return [_result(result) for result in results]

    def Deinitialize(  # noqa: N802, D102
        self, request: pb.DeinitializeRequest, context: grpc.ServicerContext
    ) -> pb.DeinitializeResponse:
        with translated_errors(context):
            session = self._sessions.find(request.session_token)
            partly = {allocation.allocation_id: allocation.deferred_done for allocation in request.partly}
            return pb.DeinitializeResponse(failures=session.deinitialize(list(request.allocation_ids), partly))
        raise AssertionError

    def ReadMemory(  # noqa: N802, D102
        self, request: pb.ReadMemoryRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.ReadMemoryResponse]:
        with translated_errors(context):
            session = self._sessions.find(request.session_token)
            for chunk in session.read_memory(_ranges(request.ranges)):
                yield pb.ReadMemoryResponse(chunk=chunk)

    def WriteMemory(  # noqa: N802, D102
        self, request_iterator: Iterator[pb.WriteMemoryRequest], context: grpc.ServicerContext
    ) -> pb.WriteMemoryResponse:
        with translated_errors(context):
            requests = self._silence.messages(request_iterator, context)
            first = next(requests, None)
            if first is None:
                raise InvalidArgumentError("NO_REQUEST", "the stream ended before its first message")
            session = self._sessions.find(first.session_token)
            ranges, chunks = _ranges(first.ranges), _write_chunks(first, requests)
            if first.zero:
                _check_empty(chunks)
                session.zero_memory(ranges)
            else:
                session.write_memory(ranges, chunks)
        return pb.WriteMemoryResponse()

    def WriteSlots(  # noqa: N802, D102
        self, request: pb.WriteSlotsRequest, context: grpc.ServicerContext
    ) -> pb.WriteSlotsResponse:
        with translated_errors(context):
            session = self._sessions.find(request.session_token)
            session.write_slots(_slots(request.slots))
        return pb.WriteSlotsResponse()


def _result(result: AllocationResult) -> pb.InitializeResult:
    return pb.InitializeResult(allocation_id=result.number, failure=result.failure, exited=result.exited)


def _first(request: pb.InitializeRequest | None) -> pb.InitializeRequest:
    if request is None or not request.HasField("plan"):
        raise InvalidArgumentError("NO_PLAN", "the first message of an Initialize must have its plan")
    return request


def _allocation(message: pb.Allocation, index: int) -> AllocationPlan:
    segments = [Segment(s.address, s.size, s.content_size, s.zone) for s in message.segments]
    return AllocationPlan(tuple(segments), tuple([_pair(pair, index) for pair in message.actions]))


def _pair(message: pb.ActionPair, index: int) -> ActionPair:
    if message.deferred and message.HasField("finalize"):
        text = f"allocation {index}: a deferred pair with a finalize action: the caller is to run it"
        raise InvalidArgumentError("DEFERRED_ACTION", text, allocation=index)
    return ActionPair(_action(message.finalize, index), _action(message.dealloc, index), message.deferred)


def _action(message: pb.Action, index: int) -> Action:
    arguments = tuple(message.arguments)
    if len(arguments) > MAX_ARGUMENTS:
        text = f"allocation {index}: an alloc action with {len(arguments)} arguments, at most {MAX_ARGUMENTS}"
        raise InvalidArgumentError("TOO_MANY_ARGUMENTS", text, allocation=index)
    return Action(message.function, arguments, message.checked)


def _plan_chunks(first: pb.InitializeRequest, requests: Iterator[pb.InitializeRequest]) -> Iterator[bytes]:
    if first.chunk:
        yield _checked_chunk(first.chunk)
    for request in requests:
        if request.HasField("plan"):
            raise InvalidArgumentError("TWO_PLANS", "only the first message of an Initialize has a plan")
        yield _checked_chunk(request.chunk)


def _ranges(messages: Sequence[pb.MemoryRange]) -> list[AddressRange]:
    if len(messages) > MAX_RANGES:
        text = f"{len(messages)} ranges, at most {MAX_RANGES}: ask again for the rest"
        raise InvalidArgumentError("TOO_MANY_RANGES", text, count=len(messages), most=MAX_RANGES)
    return [AddressRange(message.address, message.size) for message in messages]


def _slots(messages: Sequence[pb.Slot]) -> list[tuple[int, int]]:
    if len(messages) > MAX_SLOTS:
        text = f"{len(messages)} slots, at most {MAX_SLOTS}: send several requests"
        raise InvalidArgumentError("TOO_MANY_SLOTS", text, count=len(messages), most=MAX_SLOTS)
    return [(message.address, message.value) for message in messages]


def _write_chunks(first: pb.WriteMemoryRequest, requests: Iterator[pb.WriteMemoryRequest]) -> Iterator[bytes]:
    yield _checked_chunk(first.chunk)
    for request in requests:
        if request.session_token or request.ranges or request.zero:
            raise InvalidArgumentError("TWO_TARGETS", "only the first message of a WriteMemory says where to write")
        yield _checked_chunk(request.chunk)


def _check_empty(chunks: Iterator[bytes]) -> None:
    if any(chunks):
        raise InvalidArgumentError("CONTENT_WITH_ZERO", "a WriteMemory with `zero` has no chunks")


def _checked_chunk(chunk: bytes) -> bytes:
    if len(chunk) > MAX_CHUNK:
        text = f"a chunk of {len(chunk)} bytes, at most {MAX_CHUNK}: cut it"
        raise InvalidArgumentError("CHUNK_TOO_LARGE", text, size=len(chunk), most=MAX_CHUNK)
    return chunk
