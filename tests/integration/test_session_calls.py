"""Calls and how they end, their arguments and output, on the same host and from afar: the same code, the same results."""

from __future__ import annotations

import asyncio
import ctypes
import pickle
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from exclave.controller import (
    CallTimeout,
    ExecutorCrash,
    ExitCalled,
    SessionClosedError,
    UndefinedSymbolsError,
)
from exclave.controller.errors import ExecutorError, LanesBusyError
from support_tools import require_tool


@pytest.fixture(scope="module")
def executor(executor_here_and_afar):
    return executor_here_and_afar


@pytest.fixture
def session(session_to_call):
    return session_to_call


def test_which_way_it_goes(session, executor):
    assert session.shared == (executor.address.path is not None)


def test_plain_calls(session):
    increment, multiply, narrow = map(session.function, ("increment", "multiply", "narrow"))
    for number in (0, -1, 2**62, -(2**63)):
        assert increment(number) == (number + 1 if number < 2**63 - 1 else -(2**63))
    assert multiply(2, 3.5) == 7.0
    assert narrow(-128, 255) == 127
    assert [increment(i) for i in range(500)] == list(range(1, 501))
    assert session.account.calls >= 500


@pytest.mark.parametrize("bad", [(), (1, 2), ("x",), (1.5,), (None,)])
def test_wrong_arguments_are_told_before_anything_is_sent(session, bad):
    increment = session.function("increment")
    increment(1)
    before = session.account.calls
    with pytest.raises(TypeError):
        increment(*bad)
    with pytest.raises(OverflowError):
        increment(2**64)
    assert session.account.calls == before
    assert increment(1) == 2


def test_exit_and_output(session):
    prints = session.function("prints")
    for number in range(20):
        prints(number)
        assert session.stdout == "".join(f"in {n}\n" for n in range(number + 1))
    with pytest.raises(ExitCalled) as caught:
        session.function("exits")(3)
    assert caught.value.exit_code == 3
    assert session.function("increment")(1) == 2


def test_a_declaration_and_a_variadic_function(session):
    printf = session.function("int printf(const char *, ...)")
    assert printf("%d %s %.1f|", 3, "abc", 2.5) == 10
    assert session.stdout == "3 abc 2.5|"


def test_bytes_and_text_are_strings(session):
    strlen = session.function("size_t strlen(const char *)")
    assert strlen(b"abcd") == 4
    assert strlen("größer") == 8


def test_futures_and_coroutines(session):
    increment = session.function("increment")
    futures = [increment.submit(i) for i in range(20)]
    assert [future.result(10) for future in futures] == list(range(1, 21))

    async def many():
        return await asyncio.gather(*(increment.aio(i) for i in range(20)))

    assert asyncio.run(many()) == list(range(1, 21))


def test_many_threads_share_the_lanes(session):
    apply = session.function("apply")
    slow = session.callback(lambda x: time.sleep(0.001) or x, "int64_t f(int64_t)")

    def work(base):
        return [apply(slow, base + i) for i in range(20)]

    with ThreadPoolExecutor(12) as threads:
        results = list(threads.map(work, range(0, 1200, 100)))
    assert results == [[1000 + base + i for i in range(20)] for base in range(0, 1200, 100)]


def test_all_lanes_busy_and_a_deadline(session):
    release = threading.Event()
    wait = session.callback(lambda x: release.wait(20) and x, "int64_t f(int64_t)")
    apply = session.function("apply")
    increment = session.function("increment")
    futures = [apply.submit(wait, i) for i in range(4)]
    try:
        with pytest.raises((LanesBusyError, ExecutorError)):
            increment(1, timeout=0.3)
    finally:
        release.set()
    assert [future.result(10) for future in futures] == [1000, 1001, 1002, 1003]
    assert increment(1, timeout=5.0) == 2


def test_a_deadline_ends_the_worker(executor):
    with executor.session(recover=False) as session:
        session.add_ir("define void @spins() {\n  br label %again\nagain:\n  br label %again\n}")
        start = time.monotonic()
        with pytest.raises(CallTimeout):
            session.function("spins")(timeout=0.2)
        assert time.monotonic() - start < 5
        with pytest.raises(ExecutorCrash):
            session.lookup("spins")


def test_a_crash_is_an_exception(executor):
    with executor.session(recover=False) as session:
        session.add_ir(
            "define void @crashes() { store volatile i32 1, ptr null  ret void }\ndefine i32 @fine() { ret i32 1 }"
        )
        fine, crashes = session.function("fine"), session.function("crashes")
        assert fine() == 1
        with pytest.raises(ExecutorCrash) as caught:
            crashes()
        assert (caught.value.kind, caught.value.signal) == ("signal", 11)
        assert isinstance(pickle.loads(pickle.dumps(caught.value)), ExecutorCrash)
        with pytest.raises(ExecutorCrash):
            fine()


def test_handles_of_a_closed_session_say_so(executor):
    with executor.session() as session:
        session.add_ir("define i64 @increment(i64 %x) { %y = add i64 %x, 1  ret i64 %y }")
        increment = session.function("increment")
        assert increment(1) == increment(1) == 2
    with pytest.raises(SessionClosedError):
        increment(1)


def test_a_function_that_was_removed_is_not_called_any_more(session):
    tracker = session.add_ir("define i64 @short_lived(i64 %x) { ret i64 %x }")
    function = session.function("short_lived")
    assert function(3) == function(3) == 3
    tracker.remove()
    with pytest.raises(UndefinedSymbolsError, match="short_lived"):
        function(3)


STRUCTS = """
struct pair { double x, y; };
struct large { long values[6]; };
double norm(struct pair p) { return p.x * p.x + p.y * p.y; }
struct pair swap(struct pair p) { struct pair q = {p.y, p.x}; return q; }
struct large shift(struct large l, long by) { for (int i = 0; i < 6; i++) l.values[i] += by; return l; }
"""


def test_structs_by_value(session, tmp_path):
    source, output = tmp_path / "s.c", tmp_path / "s.o"
    source.write_text(STRUCTS)
    subprocess.run([require_tool("gcc"), "-O2", "-fPIC", "-c", "-o", output, source], check=True)
    session.add_object(output)
    pair = "struct pair { double x, y; }; "
    assert session.function(pair + "double norm(struct pair p)")((3.0, 4.0)) == 25.0
    assert tuple(session.function(pair + "struct pair swap(struct pair p)")((1.0, 2.0))) == (2.0, 1.0)

    class Large(ctypes.Structure):
        _fields_ = (("values", ctypes.c_long * 6),)

    shift = session.function("shift", Large, [Large, ctypes.c_long])
    assert list(shift(Large((1, 2, 3, 4, 5, 6)), 10).values) == [11, 12, 13, 14, 15, 16]
