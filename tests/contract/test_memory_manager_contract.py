"""What a memory manager promises: an in-flight allocation has two ends, finalize and abandon, and both always answer.

The same tests run with a fake transport, with the executor's memory in this process, and with a real daemon.
"""

import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from exclave.controller.errors import ExecutorError, ExecutorRefusedError, OutOfMemoryError
from exclave.controller.memory import RangeRequest
from exclave.controller.model import ActionPair, AllocationContent, SegmentContent
from support_ends import SMALL

PATIENCE = 60  # seconds until what never answers is a failure


@pytest.fixture
def manager(end):
    return end.manager()


def content_of(allocation, text=b"x", actions=()):
    segments = tuple(SegmentContent(zone, address, len(text), text) for zone, address in allocation.ranges)
    return AllocationContent(segments, tuple(actions))


def all_of(manager, zone):
    """The whole zone, which must be free; it is free again afterwards."""
    allocation = manager.allocate([RangeRequest(zone, SMALL, 1)])
    manager.abandon([allocation])
    return allocation.addresses[0]


def expect_full(manager, zone):
    with pytest.raises(OutOfMemoryError):
        manager.allocate([RangeRequest(zone, SMALL, 1)])


def finalized(manager, *requests, actions=(), text=b"x"):
    allocation = manager.allocate([RangeRequest(*request) for request in requests])
    (live,) = manager.finalize([allocation], [content_of(allocation, text, actions)])
    return live


class WrappedTransport:
    """A transport whose initialize does something first."""

    def __init__(self, transport, before):
        self._transport = transport
        self._before = before

    def initialize(self, *arguments, **options):
        self._before()
        return self._transport.initialize(*arguments, **options)

    def deinitialize(self, *arguments, **options):
        return self._transport.deinitialize(*arguments, **options)


def test_finalize_answers_with_what_is_live(end, manager):
    allocation = manager.allocate([RangeRequest("code", 64, 16), RangeRequest("readonly", 8, 8)])
    (live,) = manager.finalize([allocation], [content_of(allocation, b"contents")])
    assert live.allocation_id > 0
    assert live.ranges == allocation.ranges
    for address in allocation.addresses:
        assert end.transport.read_memory(address, 8) == b"contents"
    assert manager.deallocate([live]) == []
    assert [all_of(manager, zone) for zone in end.small] == [zone.address for zone in end.small.values()]


def test_finalize_of_nothing_answers_too(manager):
    assert manager.finalize([], []) == []
    assert manager.deallocate([]) == []
    manager.abandon([])


def test_abandon_gives_the_ranges_to_the_next(end, manager):
    allocation = manager.allocate([RangeRequest("code", SMALL, 1), RangeRequest("data", SMALL, 1)])
    expect_full(manager, "code")
    manager.abandon([allocation])
    live = finalized(manager, ("code", SMALL, 1), ("data", SMALL, 1))
    assert [address for _, address in live.ranges] == list(allocation.addresses)


def test_abandon_does_not_wait_for_another_finalize(end, manager):
    """Nor does allocate; and what is on its way is nobody else's meanwhile."""
    entered, go = threading.Event(), threading.Event()

    def hold():
        entered.set()
        assert go.wait(PATIENCE)

    end.transport = WrappedTransport(end.transport, hold)
    manager = end.manager()
    slow, other = (manager.allocate([RangeRequest("data", SMALL // 2, 1)]) for _ in range(2))
    with ThreadPoolExecutor() as pool:
        future = pool.submit(manager.finalize, [slow], [content_of(slow)])
        try:
            assert entered.wait(PATIENCE)
            pool.submit(manager.abandon, [other]).result(PATIENCE)
            again = pool.submit(manager.allocate, [RangeRequest("data", SMALL // 2, 1)]).result(PATIENCE)
            assert again.addresses == other.addresses
            expect_full(manager, "data")
        finally:
            go.set()
        (live,) = future.result(PATIENCE)
    assert live.ranges == slow.ranges


def test_both_ends_always_answer_whoever_else_is_busy(end, manager):
    def work(seed):
        dice, live = random.Random(seed), []
        for _ in range(40):
            allocation = manager.allocate([RangeRequest("code", dice.randint(1, 300), 16), RangeRequest("data", 8, 8)])
            if dice.random() < 0.5:
                manager.abandon([allocation])
            else:
                live += manager.finalize([allocation], [content_of(allocation)])
            if len(live) > 5:
                assert manager.deallocate([live.pop(dice.randrange(len(live)))]) == []
        return manager.deallocate(live)

    with ThreadPoolExecutor(4) as pool:
        assert [future.result(PATIENCE) for future in [pool.submit(work, seed) for seed in range(4)]] == [[]] * 4
    assert all_of(manager, "code") == end.small["code"].address
    assert all_of(manager, "data") == end.small["data"].address


class TestASecondEnd:
    def test_abandon_after_abandon_does_nothing(self, manager):
        allocation = manager.allocate([RangeRequest("code", SMALL, 1)])
        manager.abandon([allocation])
        other = manager.allocate([RangeRequest("code", SMALL, 1)])
        manager.abandon([allocation])
        expect_full(manager, "code")  # the range is the other's
        manager.abandon([other])

    def test_abandon_after_finalize_does_nothing(self, end, manager):
        allocation = manager.allocate([RangeRequest("code", SMALL, 1)])
        manager.finalize([allocation], [content_of(allocation)])
        manager.abandon([allocation])
        expect_full(manager, "code")
        assert end.transport.read_memory(allocation.addresses[0], 1) == b"x"

    def test_finalize_after_finalize_is_refused(self, end, manager):
        allocation = manager.allocate([RangeRequest("code", SMALL, 1)])
        (live,) = manager.finalize([allocation], [content_of(allocation)])
        with pytest.raises(ExecutorRefusedError):
            manager.finalize([allocation], [content_of(allocation, b"y")])
        assert end.transport.read_memory(allocation.addresses[0], 1) == b"x"
        expect_full(manager, "code")
        manager.deallocate([live])

    def test_finalize_after_abandon_is_refused(self, manager):
        allocation = manager.allocate([RangeRequest("code", SMALL, 1)])
        manager.abandon([allocation])
        other = manager.allocate([RangeRequest("code", SMALL, 1)])
        with pytest.raises(ExecutorRefusedError):
            manager.finalize([allocation], [content_of(allocation)])
        assert len(manager.finalize([other], [content_of(other)])) == 1

    def test_deallocate_after_deallocate_is_refused(self, manager):
        live = finalized(manager, ("code", SMALL, 1))
        manager.deallocate([live])
        finalized(manager, ("code", SMALL, 1))
        with pytest.raises(ExecutorRefusedError):
            manager.deallocate([live])
        expect_full(manager, "code")  # the range is the other's


class TestAFailedFinalize:
    def test_a_failed_action_undoes_its_allocation_and_frees_its_ranges(self, end, manager):
        allocation = manager.allocate([RangeRequest("code", SMALL, 1), RangeRequest("data", SMALL, 1)])
        actions = [
            ActionPair(end.note(1), end.note(101)),
            ActionPair(end.note(2), end.note(102)),
            ActionPair(end.note(3, result=7), end.note(103)),
            ActionPair(end.note(4), end.note(104)),
        ]
        with pytest.raises(ExecutorRefusedError, match="returned 7") as caught:
            manager.finalize([allocation], [content_of(allocation, actions=actions)])
        assert caught.value.reason == "ACTION_FAILED"
        assert end.noted() == [1, 2, 3, 102, 101]
        finalized(manager, ("code", SMALL, 1), ("data", SMALL, 1))

    def test_those_that_were_to_go_live_with_it_are_undone_too(self, end, manager):
        both = [manager.allocate([RangeRequest("code", SMALL // 2, 1)]) for _ in range(2)]
        contents = [
            content_of(both[0], actions=[ActionPair(end.note(1), end.note(101))]),
            content_of(both[1], actions=[ActionPair(end.note(2, result=1))]),
        ]
        with pytest.raises(ExecutorRefusedError, match="returned 1"):
            manager.finalize(both, contents)
        assert end.noted() == [1, 2, 101]
        finalized(manager, ("code", SMALL, 1))

    def test_those_that_are_live_stay(self, end, manager):
        live = finalized(manager, ("data", 100, 1), text=b"stays")
        allocation = manager.allocate([RangeRequest("data", 100, 1)])
        with pytest.raises(ExecutorRefusedError):
            manager.finalize([allocation], [content_of(allocation, actions=[ActionPair(end.note(1, result=1))])])
        assert end.transport.read_memory(live.ranges[0][1], 5) == b"stays"
        assert manager.deallocate([live]) == []
        assert all_of(manager, "data") == end.small["data"].address

    def test_a_refused_plan_frees_its_ranges(self, end, manager):
        allocation = manager.allocate([RangeRequest("code", SMALL, 1)])
        outside = SegmentContent("code", end.zones["code"].address - 1, 1, b"x")
        with pytest.raises(ExecutorRefusedError):
            manager.finalize([allocation], [AllocationContent((outside,))])
        finalized(manager, ("code", SMALL, 1))

    def test_what_nobody_knows_the_fate_of_is_never_used_again(self, end):
        def lose():
            raise ExecutorError("the connection broke")

        end.transport = WrappedTransport(end.transport, lose)
        manager = end.manager()
        allocation = manager.allocate([RangeRequest("code", SMALL, 1)])
        with pytest.raises(ExecutorError, match="the connection broke"):
            manager.finalize([allocation], [content_of(allocation)])
        manager.abandon([allocation])
        expect_full(manager, "code")


class TestDeallocate:
    def test_the_last_goes_first(self, end, manager):
        pairs = [ActionPair(end.note(number), end.note(100 + number)) for number in range(1, 5)]
        both = [manager.allocate([RangeRequest("data", 8, 8)]) for _ in range(2)]
        contents = [content_of(both[0], actions=pairs[:2]), content_of(both[1], actions=pairs[2:])]
        live = manager.finalize(both, contents)
        assert manager.deallocate(live) == []
        assert end.noted() == [1, 2, 3, 4, 104, 103, 102, 101]

    def test_a_failed_dealloc_action_is_told_and_the_ranges_are_free(self, end, manager):
        actions = [
            ActionPair(None, end.note(1)),
            ActionPair(None, end.note(2, result=9)),
            ActionPair(None, end.note(3)),
        ]
        live = finalized(manager, ("data", SMALL, 1), actions=actions)
        (failure,) = manager.deallocate([live])
        assert "returned 9" in failure
        assert end.noted() == [3, 2, 1]
        finalized(manager, ("data", SMALL, 1))


class TestExhaustion:
    def test_it_says_the_numbers(self, end, manager):
        kept = [manager.allocate([RangeRequest("data", SMALL // 4, 1)]) for _ in range(4)]
        manager.abandon([kept[0], kept[2]])
        with pytest.raises(OutOfMemoryError) as caught:
            manager.allocate([RangeRequest("data", SMALL // 2, 1)])
        error = caught.value
        assert (error.zone, error.wanted, error.free, error.largest) == ("data", SMALL // 2, SMALL // 2, SMALL // 4)
        assert error.reason == "RESERVATION_FULL"
        for number in ("data zone", f"{SMALL // 2} bytes wanted", f"{SMALL // 2} free", f"range has {SMALL // 4}"):
            assert number in str(error)

    def test_it_takes_nothing(self, end, manager):
        with pytest.raises(OutOfMemoryError):
            manager.allocate([RangeRequest("code", SMALL, 1), RangeRequest("data", SMALL + 1, 1)])
        assert all_of(manager, "code") == end.small["code"].address

    def test_what_is_live_counts_until_it_is_deallocated(self, manager):
        live = finalized(manager, ("code", SMALL, 1))
        with pytest.raises(OutOfMemoryError) as caught:
            manager.allocate([RangeRequest("code", 1, 1)])
        assert (caught.value.free, caught.value.largest) == (0, 0)
        manager.deallocate([live])
        finalized(manager, ("code", SMALL, 1))
