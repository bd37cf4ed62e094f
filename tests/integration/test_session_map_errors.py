"""Whatever goes wrong in a map says at which element, on the same host and from afar."""

from __future__ import annotations

import numpy as np
import pytest
from exclave.controller import CallTimeout, ExecutorCrash, ExitCalled
from exclave.controller.errors import CallbackRoomError

IR = """
declare void @exit(i32)
define i64 @divides(i64 %a, i64 %b) { %c = sdiv i64 %a, %b  ret i64 %c }
define i64 @applies(ptr %f, i64 %x) { %r = call i64 %f(i64 %x)  ret i64 %r }
define i64 @exits_at(i64 %x, i64 %at) {
  %there = icmp eq i64 %x, %at
  br i1 %there, label %leave, label %stay
leave:
  call void @exit(i32 3)
  unreachable
stay:
  ret i64 %x
}
define i64 @stays_at(i64 %x, i64 %at) {
entry:
  br label %again
again:
  %seen = load volatile i64, ptr @word
  %there = icmp eq i64 %x, %at
  br i1 %there, label %again, label %done
done:
  ret i64 %x
}
@word = global i64 0
"""
VALUES = np.arange(100)


@pytest.fixture(scope="module")
def executor(executor_here_and_afar):
    return executor_here_and_afar


@pytest.fixture
def session(executor):
    with executor.session() as handle:
        handle.add_ir(IR)
        yield handle


def fails_at_42(value):
    if value == 42:
        raise ValueError("not this one")
    return value


def test_a_crash(session):
    divisors = VALUES - 42
    with pytest.raises(ExecutorCrash, match=r"map divides: .*; it was at element 42\n") as caught:
        session.function("divides").map(VALUES, divisors)
    assert caught.value.element == 42


def test_a_crash_in_a_grid(session):
    with pytest.raises(ExecutorCrash, match=r"element \(4, 2\)\n") as caught:
        session.function("divides").map(VALUES.reshape(10, 10), (VALUES - 42).reshape(10, 10))
    assert caught.value.element == (4, 2)


def test_a_deadline(session):
    with pytest.raises(CallTimeout, match=r"element 7$") as caught:
        session.function("stays_at").map(VALUES, 7, timeout=0.3)
    assert caught.value.element == 7


def test_an_exit(session):
    with pytest.raises(ExitCalled, match=r"element 99$") as caught:
        session.function("exits_at").map(VALUES, 99)
    assert (caught.value.element, caught.value.exit_code) == (99, 3)


def test_an_exception_of_a_callback(session):
    callback = session.callback(fails_at_42, "int64_t f(int64_t)")
    with pytest.raises(ValueError, match="not this one") as caught:
        session.function("applies").map(callback, VALUES)
    assert caught.value.element == 42
    assert caught.value.__notes__ == ["in a map: it was at element 42"]
    assert session.function("divides")(6, 2) == 3


def test_a_map_within_a_callback_within_a_map(session):
    divides, applies = session.function("divides"), session.function("applies")

    def inner(value):
        if value == 5:
            divides.map(VALUES, 3)
            raise KeyError(value)
        return int(divides.map(VALUES, 1 if value < 5 else 2)[10])

    callback = session.callback(inner, "int64_t f(int64_t)")
    assert list(applies.map(callback, [1, 6])) == [10, 5]
    with pytest.raises(KeyError) as caught:
        applies.map(callback, VALUES[2:])
    assert caught.value.element == 3


def test_the_inner_map_is_the_one_whose_element_crashed(session):
    divides, applies = session.function("divides"), session.function("applies")
    callback = session.callback(lambda x: int(divides.map(VALUES, VALUES - x)[0]), "int64_t f(int64_t)")
    with pytest.raises(ExecutorCrash) as caught:
        applies.map(callback, [200, 300, 61])
    assert "element 61" in str(caught.value)


def test_no_room_for_a_callback(session):
    deep = session.function("applies")
    callback = None

    def again(value):
        return int(deep.map(callback, [value])[0])

    callback = session.callback(again, "int64_t f(int64_t)")
    with pytest.raises((CallbackRoomError, RecursionError)) as caught:
        deep.map(callback, [1, 2])
    assert caught.value.element == 0
