"""MemoryService."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import grpc
from exclave.executor.answers import MAX_KEY
from exclave.executor.errors import InvalidArgumentError
from exclave.executor.memory.session_memory import MAX_CHUNK
from exclave.executor.services.plans import check_size, outcome, read_plan
from exclave.executor.services.silence import SilenceWatch
from exclave.executor.services.status import translated_errors
from exclave.executor.services.timeouts import timeout_of
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
            plan, chunks = _plan_and_chunks(self._silence.messages(request_iterator, context))
            return pb.InitializeResponse(outcome=self._initialize(plan, chunks))
        raise AssertionError

    def InitializeAtOnce(  # noqa: N802, D102
        self, request: pb.InitializeAtOnceRequest, context: grpc.ServicerContext
    ) -> pb.InitializeAtOnceResponse:
        with translated_errors(context):
            if not request.HasField("plan"):
                raise InvalidArgumentError("NO_PLAN", "an InitializeAtOnce must have a plan")
            chunks = [_checked_chunk(request.content)] if request.content else []
            return pb.InitializeAtOnceResponse(outcome=self._initialize(request.plan, chunks))
        raise AssertionError

    def _initialize(self, plan: pb.InitializePlan, chunks: Iterable[bytes]) -> pb.InitializeOutcome:
        session = self._sessions.find(plan.session_token)
        if len(plan.idempotency_key) > MAX_KEY:
            raise InvalidArgumentError("BAD_KEY", f"an idempotency key has at most {MAX_KEY} bytes")
        results = session.initialize(plan.idempotency_key, read_plan(plan), chunks, timeout_of(plan))
        return outcome(results)

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


def _plan_and_chunks(requests: Iterator[pb.InitializeRequest]) -> tuple[pb.InitializePlan, Iterator[bytes]]:
    """A plan, joined of its parts, and what comes behind it."""
    request = next(requests, None)
    if request is None or not request.HasField("plan"):
        raise InvalidArgumentError("NO_PLAN", "the first message of an Initialize must have its plan")
    plan = request.plan
    while not request.chunk:
        request = next(requests, None)
        if request is None or not request.HasField("plan"):
            break
        plan.MergeFrom(request.plan)
        check_size(plan)
    return plan, _plan_chunks(request, requests)


def _plan_chunks(request: pb.InitializeRequest | None, requests: Iterator[pb.InitializeRequest]) -> Iterator[bytes]:
    """The contents, from the message on that has the first of it, if any."""
    if request is not None:
        yield _checked_chunk(request.chunk)
    for later in requests:
        if later.HasField("plan"):
            raise InvalidArgumentError("LATE_PLAN", "no more of an Initialize's plan may come behind a chunk")
        yield _checked_chunk(later.chunk)


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
