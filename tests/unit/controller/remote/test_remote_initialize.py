"""What an Initialize sends, however much it is, and what it believes of the answer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from exclave.controller.errors import ExecutorError
from exclave.controller.model import Action, ActionPair, AllocationContent, SegmentContent
from exclave.controller.remote.initialize import InitializeCall
from exclave.v1 import memory_pb2, memory_pb2_grpc


class Executor(memory_pb2_grpc.MemoryServiceServicer):
    """Keeps what comes, and answers what the test says."""

    def __init__(self) -> None:
        self.rpcs: list[str] = []
        self.plan = memory_pb2.InitializePlan()
        self.content = b""
        self.outcome: memory_pb2.InitializeOutcome | None = None

    def _take(self, message) -> None:
        self.plan.MergeFrom(message.plan)

    def _answer(self, rpc: str) -> memory_pb2.InitializeOutcome:
        self.rpcs.append(rpc)
        return self.outcome or memory_pb2.InitializeOutcome(allocation_ids=range(1, 1 + len(self.plan.segment_counts)))

    def Initialize(self, requests, context):
        for request in requests:
            assert request.ByteSize() < 4 << 20
            self._take(request)
            self.content += request.chunk
        return memory_pb2.InitializeResponse(outcome=self._answer("Initialize"))

    def InitializeAtOnce(self, request, context):
        self._take(request)
        self.content = request.content
        return memory_pb2.InitializeAtOnceResponse(outcome=self._answer("InitializeAtOnce"))


@pytest.fixture
def executor():
    return Executor()


@pytest.fixture
def initialize(executor):
    server = grpc.server(ThreadPoolExecutor(2))
    memory_pb2_grpc.add_MemoryServiceServicer_to_server(executor, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        call = InitializeCall(channel)
        yield lambda allocations: call(b"token", allocations, 5.0, 20.0)
    server.stop(None).wait()


def allocation(number: int, pairs: int = 1) -> AllocationContent:
    content = number.to_bytes(4, "little")
    undo = Action(number, (1, 2), checked=True)
    return AllocationContent(
        [SegmentContent("data", 8 * number, 8, content), SegmentContent("code", 16 * number, 4, content)],
        [ActionPair(None, undo)] * pairs,
    )


def test_little_goes_at_once(initialize, executor):
    results = initialize([allocation(1), allocation(2, pairs=0)])
    assert [(one.allocation_id, one.failure) for one in results] == [(1, ""), (2, "")]
    assert executor.rpcs == ["InitializeAtOnce"]
    assert list(executor.plan.segments.addresses) == [8, 16, 16, 32]
    assert list(executor.plan.pair_counts) == [1, 0]
    assert (list(executor.plan.finalize.functions), list(executor.plan.dealloc.arguments)) == ([0], [1, 2])


@pytest.mark.parametrize(("count", "pairs"), [(20_000, 1), (3, 20_000), (40_000, 0)])
def test_a_plan_that_no_message_holds_is_cut_and_joined(initialize, executor, count, pairs):
    """By allocations, by segments, by actions: all columns of it are whole again."""
    allocations = [allocation(number, pairs) for number in range(count)]
    assert len(initialize(allocations)) == count
    plan = executor.plan
    assert executor.rpcs == ["Initialize"]
    assert (len(plan.segment_counts), len(plan.pair_counts)) == (count, count)
    assert list(plan.segments.addresses) == [one.address for some in allocations for one in some.segments]
    assert list(plan.dealloc.functions) == [one.dealloc.function for some in allocations for one in some.actions]
    assert len(plan.dealloc.arguments) == 2 * count * pairs
    assert (plan.session_token, len(plan.idempotency_key), plan.timeout.seconds) == (b"token", 16, 5)
    assert executor.content == b"".join(number.to_bytes(4, "little") * 2 for number in range(count))


def test_failures_are_told_where_they_belong(initialize, executor):
    failure = memory_pb2.AllocationFailure(index=1, message="it returned 7", exited=3)
    executor.outcome = memory_pb2.InitializeOutcome(allocation_ids=[5, 0, 6], failures=[failure])
    results = initialize([allocation(number) for number in range(3)])
    assert results == [(5, "", None), (0, "it returned 7", 3), (6, "", None)]


FAILURE = memory_pb2.AllocationFailure
LIES = {
    "fewer": memory_pb2.InitializeOutcome(allocation_ids=[5]),
    "more": memory_pb2.InitializeOutcome(allocation_ids=[5, 6, 7]),
    "neither live nor undone": memory_pb2.InitializeOutcome(allocation_ids=[5, 0]),
    "a failure of nothing": memory_pb2.InitializeOutcome(allocation_ids=[5, 6], failures=[FAILURE(index=2)]),
}


@pytest.mark.parametrize("lie", LIES)
def test_answers_that_are_none(initialize, executor, lie):
    executor.outcome = LIES[lie]
    with pytest.raises(ExecutorError, match="initialize: "):
        initialize([allocation(1), allocation(2)])


def test_a_failure_without_a_reason_is_one(initialize, executor):
    executor.outcome = memory_pb2.InitializeOutcome(allocation_ids=[5, 6], failures=[FAILURE(index=0)])
    assert initialize([allocation(1), allocation(2)])[0].failure
