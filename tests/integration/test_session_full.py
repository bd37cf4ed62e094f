"""Reservations: out of bounds, used up, made free again, and made larger; near and from afar."""

from __future__ import annotations

import threading

import pytest
from exclave.controller import InUseError
from exclave.controller.errors import (
    ArgumentRangeError,
    DataLostError,
    ExecutorRefusedError,
    OutOfMemoryError,
)

MIB = 1 << 20
SMALL = 16 * MIB


@pytest.fixture(scope="module")
def executor(executor_here_and_afar):
    return executor_here_and_afar


@pytest.fixture
def session(executor):
    with executor.session(reservation=SMALL) as opened:
        yield opened


def large(zone: str, name: str, size: int) -> str:
    """IR of a function that reads the last of `size` bytes of a zone; of code, one that is as large, not to be called."""
    if zone == "code":
        return f"define i64 @{name}() prologue [{size} x i8] zeroinitializer {{ ret i64 7 }}"
    kind = "global" if zone == "data" else "constant"
    return (
        f"@{name}.bytes = {kind} <{{ [{size - 1} x i8], i8 }}> <{{ [{size - 1} x i8] zeroinitializer, i8 7 }}>\n"
        f"define i64 @{name}() {{ %p = getelementptr i8, ptr @{name}.bytes, i64 {size - 1}"
        "  %x = load volatile i8, ptr %p  %y = zext i8 %x to i64  ret i64 %y }"
    )


# All of a zone but what is left beside the session runtime: so two do not fit.
SIZES = {"readonly": MIB - 64, "data": 6 * MIB}


@pytest.mark.parametrize("size", [4096, 1 << 40])
def test_out_of_the_daemons_bounds(executor, size):
    with pytest.raises(ExecutorRefusedError, match=rf"reservation of {size} bytes; it must be 1048576 to 2147483648"):
        executor.session(reservation=size)


def test_the_smallest_and_the_largest_work(executor):
    for size in (MIB, executor.capabilities.limits["max_reservation"]):
        with executor.session(reservation=size) as opened:
            assert sum(zone.size for zone in opened.opened.zones.values()) == size
            opened.add_ir("define i64 @f() { ret i64 9 }")
            assert opened.function("f")() == 9


@pytest.mark.parametrize("zone", SIZES)
def test_a_full_zone_says_so_and_the_same_lookup_works_when_there_is_room(session, executor, zone):
    size = SIZES[zone]
    first = session.add_ir(large(zone, "first", size))
    assert session.function("first")() == 7
    session.add_ir(large(zone, "second", size))
    for _ in range(2):
        with pytest.raises(OutOfMemoryError) as caught:
            session.lookup("second")
        error = caught.value
        most = executor.capabilities.limits["max_reservation"]
        assert (error.zone, error.most) == (zone, most)
        assert size <= error.wanted < size + 65536
        assert error.largest <= error.free < error.wanted
        for part in (f"{zone} zone is full", f"{error.wanted} bytes wanted", f"{error.free} free", str(most)):
            assert part in str(error)
        assert f"reservation={error.reservation} would do" in str(error)
    assert session.function("first")() == 7, "what is there stays"
    first.remove()
    assert session.function("second")() == 7
    with executor.session(reservation=error.reservation) as other:
        for name in ("first", "second"):
            other.add_ir(large(zone, name, size))
        assert [other.function(name)() for name in ("first", "second")] == [7, 7]


def test_code_too(session):
    tracker = session.add_ir(large("code", "first", MIB - 64))
    session.lookup("first")
    session.add_ir(large("code", "second", MIB - 64))
    with pytest.raises(OutOfMemoryError, match="code zone is full"):
        session.lookup("second")
    tracker.remove()
    session.lookup("second")


def test_an_array_that_does_not_fit(session):
    with pytest.raises(OutOfMemoryError, match="reservation=") as caught:
        session.array(64 * MIB, "uint8")
    assert caught.value.reservation > 64 * MIB


def test_more_than_the_executor_has(session):
    with pytest.raises(OutOfMemoryError, match=r"the executor reserves 2147483648 at most: use several sessions"):
        session.array(3 << 30, "uint8")


def test_a_session_grows(session):
    events = []
    session.on_rebuilt(events.append)
    session.add_ir(large("data", "first", 6 * MIB))
    session.add_ir(large("data", "second", 6 * MIB))
    first, array = session.function("first"), session.array(10, "int32")
    assert first() == 7
    with pytest.raises(OutOfMemoryError) as caught:
        session.lookup("second")
    session.grow(caught.value.reservation)
    assert (session.generation, [event.generation for event in events]) == (2, [2])
    assert "grows to" in str(events[0].reason)
    assert sum(zone.size for zone in session.opened.zones.values()) >= caught.value.reservation
    assert (session.function("second")(), first()) == (7, 7)
    with pytest.raises(DataLostError):
        array.get()


def test_a_session_that_does_not_come_back_grows_too(executor):
    with executor.session(reservation=SMALL, recover=False) as opened:
        opened.add_ir("define i64 @f() { ret i64 9 }")
        f = opened.function("f")
        opened.grow(2 * SMALL)
        assert (f(), opened.generation) == (9, 2)


@pytest.mark.parametrize("size", [0, SMALL, 1 << 40])
def test_it_neither_shrinks_nor_outgrows_the_executor(session, size):
    with pytest.raises(ArgumentRangeError):
        session.grow(size)
    assert session.generation == 1


def test_it_does_not_grow_while_a_call_runs(session):
    begun, goes_on = threading.Event(), threading.Event()
    host = session.callback(lambda: begun.set() or goes_on.wait(20), "void f(void)")
    session.define("host", host)
    session.add_ir("declare void @host()\ndefine i64 @waits() { call void @host()  ret i64 3 }")
    waits, results = session.function("waits"), []
    thread = threading.Thread(target=lambda: results.append(waits()))
    thread.start()
    assert begun.wait(20)
    with pytest.raises(InUseError, match="waits runs now") as caught:
        session.grow(2 * SMALL)
    assert caught.value.calls == ("waits",)
    goes_on.set()
    thread.join()
    assert (results, session.generation) == ([3], 1)
    session.grow(2 * SMALL)
    assert waits() == 3


def test_a_session_that_cannot_grow_now_comes_back_as_it_was(executor, monkeypatch):
    with executor.session(reservation=SMALL) as opened:
        opened.add_ir("define i64 @f() { ret i64 9 }")
        f = opened.function("f")
        monkeypatch.setattr(opened._recovery, "_make", refuse_once(opened._recovery._make))
        with pytest.raises(ExecutorRefusedError, match="no more room"):
            opened.grow(2 * SMALL)
        assert f() == 9
        assert sum(zone.size for zone in opened.opened.zones.values()) == SMALL


def refuse_once(make):
    """What an executor that has just then too many sessions does."""
    answers = iter([ExecutorRefusedError("no more room", reason="TOO_MANY_SESSIONS", status="X", facts={})])

    def refusing(size):
        refusal = next(answers, None)
        if refusal is not None:
            raise refusal
        return make(size)

    return refusing
