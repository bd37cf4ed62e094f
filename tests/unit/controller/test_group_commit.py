"""Group commit: who rides with whom, and who falls with whom."""

import threading
import time

import pytest
from exclave.controller.errors import ExecutorCrash, ExecutorError, ExecutorRefusedError, LinkError
from exclave.controller.memory import InFlightAllocation, Shipment
from exclave.controller.memory.group_commit import GroupCommit
from exclave.controller.model import AllocationContent, InitializeResult, SegmentContent

LATER = 10.0


class Transport:
    """Gives ids in order; fails what has a marked address, refuses rpcs that have one, and waits at a gate."""

    def __init__(self):
        self.rpcs, self.freed = [], []
        self.failing, self.refusing, self.broken = set(), set(), None
        self.gate, self.entered = threading.Event(), threading.Event()
        self.gate.set()

    def initialize(self, allocations):
        addresses = [allocation.segments[0].address for allocation in allocations]
        self.rpcs.append(addresses)
        self.entered.set()
        assert self.gate.wait(LATER)
        if self.broken is not None:
            raise self.broken
        if self.refusing & set(addresses):
            raise ExecutorRefusedError("no", reason="SEGMENT_OVERLAP", status="INVALID_ARGUMENT", facts={})
        return [
            InitializeResult(0, f"action of {address} failed")
            if address in self.failing
            else InitializeResult(address, "")
            for address in addresses
        ]

    def deinitialize(self, allocation_ids, partly=None):
        self.freed += allocation_ids
        return []


@pytest.fixture
def transport():
    return Transport()


@pytest.fixture
def abandoned():
    return []


@pytest.fixture
def commit(transport, abandoned):
    def free(allocations):
        abandoned.extend(allocation.addresses[0] for allocation in allocations)

    return GroupCommit(transport, free)


def shipment(*addresses, after=()):
    allocations = [InFlightAllocation((address,), (("code", address),)) for address in addresses]
    contents = [AllocationContent((SegmentContent("code", address, 1, b"x"),)) for address in addresses]
    return Shipment(f"f{addresses[0]}", allocations, contents, after)


def in_threads(commit, shipments):
    """Each waited for in a thread of its own; what came of it, by its number."""
    outcomes = {}

    def wait(number, one):
        try:
            outcomes[number] = [live.allocation_id for live in commit.wait(one)]
        except ExecutorError as error:
            outcomes[number] = error
        except LinkError as error:
            outcomes[number] = error

    threads = [threading.Thread(target=wait, args=pair) for pair in enumerate(shipments)]
    for thread in threads:
        thread.start()
    return threads, outcomes


def join(threads):
    for thread in threads:
        thread.join(LATER)
        assert not thread.is_alive()


def test_one_alone(commit, transport):
    one = shipment(1, 2)
    commit.submit(one)
    assert [live.allocation_id for live in commit.wait(one)] == [1, 2]
    assert (transport.rpcs, one.rpcs) == ([[1, 2]], 1)


def test_those_that_come_while_one_is_under_way_share_the_next(commit, transport):
    transport.gate.clear()
    first, *rest = [shipment(10 * i, 10 * i + 1) for i in range(1, 9)]
    commit.submit(first)
    threads, outcomes = in_threads(commit, [first])
    assert transport.entered.wait(LATER)
    for one in rest:
        commit.submit(one)
    more, outcomes_of_rest = in_threads(commit, rest)
    transport.gate.set()
    join([*threads, *more])
    assert [len(rpc) for rpc in transport.rpcs] == [2, 14]
    assert outcomes == {0: [10, 11]}
    assert outcomes_of_rest == {i: [10 * (i + 2), 10 * (i + 2) + 1] for i in range(7)}
    assert sum(one.rpcs for one in [first, *rest]) == 2


def ship_together(commit, shipments):
    """All of them queued before anybody waits: one group."""
    for one in shipments:
        commit.submit(one)
    threads, outcomes = in_threads(commit, shipments)
    join(threads)
    return outcomes


def test_whose_action_fails_goes_alone(commit, transport, abandoned):
    transport.failing = {21}
    outcomes = ship_together(commit, [shipment(10), shipment(20, 21, 22), shipment(30)])
    assert outcomes[0] == [10]
    assert outcomes[2] == [30]
    assert "action of 21 failed" in str(outcomes[1])
    assert transport.freed == [22, 20]
    assert abandoned == [20, 21, 22]


def test_what_is_refused_goes_alone(commit, transport, abandoned):
    transport.refusing = {20}
    outcomes = ship_together(commit, [shipment(10), shipment(20), shipment(30)])
    assert (outcomes[0], outcomes[2]) == ([10], [30])
    assert isinstance(outcomes[1], ExecutorRefusedError)
    assert abandoned == [20]
    assert transport.rpcs == [[10, 20, 30], [10], [20], [30]]


@pytest.mark.parametrize("way", ["failing", "refusing"])
def test_those_that_refer_to_it_fall_with_it(commit, transport, abandoned, way):
    setattr(transport, way, {20})
    first, second = shipment(10), shipment(20)
    third = shipment(30, after=[second])
    outcomes = ship_together(commit, [first, second, third, shipment(40, after=[third]), shipment(50, after=[first])])
    assert (outcomes[0], outcomes[4]) == ([10], [50])
    assert isinstance(outcomes[1], ExecutorRefusedError)
    assert "f30: it refers to what was to go live with f20" in str(outcomes[2])
    assert "f40: it refers to what was to go live with f30" in str(outcomes[3])
    assert sorted(abandoned) == [20, 30, 40]


def test_a_worker_that_dies_is_everybodys_reason(commit, transport, abandoned):
    transport.broken = ExecutorCrash("dead", kind="signal")
    outcomes = ship_together(commit, [shipment(10), shipment(20)])
    assert all(isinstance(outcome, ExecutorCrash) for outcome in outcomes.values())
    assert abandoned == []  # nobody knows what the executor has


def test_an_interrupt_is_for_the_thread_that_ships(commit, transport):
    transport.broken = KeyboardInterrupt()
    leader, other = shipment(10), shipment(20)
    commit.submit(leader)
    commit.submit(other)
    with pytest.raises(KeyboardInterrupt):
        commit.wait(leader)
    with pytest.raises(ExecutorError, match="f20: the rpc that carried it was interrupted"):
        commit.wait(other)
    transport.broken = None
    again = shipment(30)
    commit.submit(again)
    assert [live.allocation_id for live in commit.wait(again)] == [30]


def test_nobody_is_in_two_rpcs_and_nothing_is_lost(commit, transport):
    """Many threads, each with many shipments, one after the other."""

    def work(base):
        for i in range(50):
            one = shipment(base + i)
            commit.submit(one)
            time.sleep(0)
            assert [live.allocation_id for live in commit.wait(one)] == [base + i]

    threads = [threading.Thread(target=work, args=(1000 * i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    join(threads)
    assert sorted(address for rpc in transport.rpcs for address in rpc) == sorted(
        1000 * i + j for i in range(8) for j in range(50)
    )
