"""Columns of a plan as allocations, and what is refused before that."""

import pytest
from exclave.executor.actions import Action, ActionPair
from exclave.executor.allocations import AllocationPlan, AllocationResult
from exclave.executor.errors import InvalidArgumentError
from exclave.executor.memory.ledger import Segment
from exclave.executor.services.plans import MAX_SEGMENTS, outcome, read_plan
from exclave.v1 import memory_pb2
from hypothesis import given
from hypothesis import strategies as st
from support_plans import plan_message

numbers = st.integers(0, 2**64 - 1)
segments = st.builds(Segment, numbers, numbers, numbers, st.integers(0, 9))
actions = st.builds(Action, numbers, st.lists(numbers, max_size=4).map(tuple), st.booleans())
pairs = st.builds(ActionPair, actions, actions, st.just(False)) | st.builds(
    ActionPair, st.just(Action()), actions, st.just(True)
)
allocations = st.builds(
    AllocationPlan, st.lists(segments, max_size=4).map(tuple), st.lists(pairs, max_size=4).map(tuple)
)


@given(st.lists(allocations, max_size=6))
def test_it_reads_what_was_written(plan):
    assert read_plan(plan_message(b"", [(one.segments, one.actions) for one in plan])) == plan


def test_too_many_segments():
    message = memory_pb2.InitializePlan(segment_counts=[1])
    message.segments.addresses.extend([0] * (MAX_SEGMENTS + 1))
    with pytest.raises(InvalidArgumentError, match="the plan has 262145 segments, more than 262144") as refused:
        read_plan(message)
    assert refused.value.reason == "TOO_MANY_SEGMENTS"


def test_a_deferred_pair_with_a_finalize_action_is_named():
    good, bad = ActionPair(Action(), Action(), True), ActionPair(Action(8), Action(), True)
    with pytest.raises(InvalidArgumentError, match="allocation 2: a deferred pair") as refused:
        read_plan(plan_message(b"", [([], [good]), ([], []), ([], [good, bad])]))
    assert refused.value.facts["allocation"] == "2"


def test_outcome():
    results = [AllocationResult(5), AllocationResult(0, "it failed", 3), AllocationResult(6), AllocationResult(0, "so")]
    message = outcome(results)
    assert list(message.allocation_ids) == [5, 0, 6, 0]
    assert [(one.index, one.message) for one in message.failures] == [(1, "it failed"), (3, "so")]
    assert [one.HasField("exited") for one in message.failures] == [True, False]
