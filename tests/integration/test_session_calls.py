"""Calls, callbacks, arrays and output, on the same host and from afar: the same code, the same results."""

from __future__ import annotations

import asyncio
import ctypes
import pickle
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from exclave.controller import (
    CallTimeout,
    ExecutorCrash,
    ExitCalled,
    SessionClosedError,
    SignatureError,
    UndefinedSymbolsError,
)
from exclave.controller.errors import CallbackRoomError, CallDepthError, ExecutorError, LanesBusyError
from support_tools import require_tool

IR = r"""
@counter = global i64 7
@table = global [4 x i32] [i32 1, i32 2, i32 3, i32 4]
@fixed = constant double 2.5
@text = private constant [7 x i8] c"in %d\0A\00"
@message = private constant [6 x i8] c"hello\00"
declare i32 @printf(ptr, ...)
declare void @exit(i32)
declare i32 @host_log(ptr)
declare ptr @exclave_jit_dispatch(i64, ptr, i64, ptr)

define i64 @increment(i64 %x) { %y = add i64 %x, 1  ret i64 %y }
define double @multiply(double %a, double %b) { %c = fmul double %a, %b  ret double %c }
define i32 @narrow(i8 %a, i16 %b) { %c = sext i8 %a to i32  %d = sext i16 %b to i32  %e = add i32 %c, %d  ret i32 %e }
define void @prints(i32 %n) { %r = call i32 (ptr, ...) @printf(ptr @text, i32 %n)  ret void }
define i32 @logs() { %r = call i32 @host_log(ptr @message)  ret i32 %r }
define i64 @apply(ptr %f, i64 %x) { %r = call i64 %f(i64 %x)  %s = add i64 %r, 1000  ret i64 %s }
define void @exits(i32 %code) { call void @exit(i32 %code)  ret void }
define i64 @apply_at(ptr %f, i64 %x) { %r = call i64 %f(i64 %x)  ret i64 %r }
define void @crashes() { store volatile i32 1, ptr null  ret void }
define void @spins() {
  br label %again
again:
  %x = load volatile i64, ptr @counter
  br label %again
}
define double @total(ptr readonly %values, i64 %n) {
entry:
  br label %check
check:
  %i = phi i64 [ 0, %entry ], [ %next, %add ]
  %sum = phi double [ 0.0, %entry ], [ %more, %add ]
  %busy = icmp ult i64 %i, %n
  br i1 %busy, label %add, label %done
add:
  %p = getelementptr double, ptr %values, i64 %i
  %value = load double, ptr %p
  %more = fadd double %sum, %value
  %next = add i64 %i, 1
  br label %check
done:
  ret double %sum
}
define void @fill(ptr %values, i64 %n, double %with) {
entry:
  br label %check
check:
  %i = phi i64 [ 0, %entry ], [ %next, %put ]
  %busy = icmp ult i64 %i, %n
  br i1 %busy, label %put, label %done
put:
  %p = getelementptr double, ptr %values, i64 %i
  store double %with, ptr %p
  %next = add i64 %i, 1
  br label %check
done:
  ret void
}
define i64 @dispatches(i64 %tag, ptr %data, i64 %size, ptr %out) {
  %n = alloca i64
  %result = call ptr @exclave_jit_dispatch(i64 %tag, ptr %data, i64 %size, ptr %n)
  %got = load i64, ptr %n
  call void @llvm.memcpy.p0.p0.i64(ptr %out, ptr %result, i64 %got, i1 false)
  ret i64 %got
}
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
"""


@pytest.fixture(scope="module")
def executor(executor_here_and_afar):
    return executor_here_and_afar


@pytest.fixture
def logged():
    return []


@pytest.fixture
def session(executor, logged):
    with executor.session() as handle:
        handle.add_ir(IR)
        handle.define("host_log", handle.callback(lambda text: logged.append(text) or 5, "int log(const char *)"))
        yield handle


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


def test_callbacks(session, logged):
    assert session.function("logs")() == 5
    assert logged == [b"hello"]
    apply = session.function("apply")
    double = session.callback(lambda x: 2 * x, "int64_t f(int64_t)")
    assert [apply(double, i) for i in range(100)] == [1000 + 2 * i for i in range(100)]
    assert apply(session.callback(lambda x: -x, ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)), 3) == 997
    assert apply(session.callback(lambda x: x, "i64", ["i64"]), 3) == 1003
    double.close()
    with pytest.raises(SignatureError):
        session.callback(3, "i64", ["i64"])
    with pytest.raises(SignatureError):
        session.callback(len)


def test_qsort_with_a_python_comparator(session):
    qsort = session.function("void qsort(void *, size_t, size_t, int (*)(const void *, const void *))")
    compare = session.callback(lambda a, b: a[0] - b[0], "int compare(const int *, const int *)")
    values = np.array([5, 3, 9, -1, 7] * 20, np.int32)
    expected = np.sort(values)
    qsort(values, len(values), 4, compare)
    assert values.tolist() == expected.tolist()


def test_calls_nest_in_both_directions_to_the_stated_depth(session):
    apply = session.function("apply_at")
    depths = []

    def deeper(left):
        depths.append(left)
        return apply(callback, left - 1) + 1 if left else 0

    callback = session.callback(deeper, "int64_t f(int64_t)")
    assert apply(callback, 31) == 31
    assert depths == list(range(31, -1, -1))
    with pytest.raises(CallDepthError, match="at most 32 may be nested"):
        apply(callback, 32)
    assert apply(callback, 3) == 3
    assert session.function("increment")(1) == 2


def test_an_exception_in_a_callback_is_raised_from_the_call(session):
    apply = session.function("apply")

    class Mine(Exception):
        pass

    def fail(x):
        raise Mine(x)

    bad = session.callback(fail, "int64_t f(int64_t)")
    good = session.callback(lambda x: x, "int64_t f(int64_t)")
    values = np.zeros(4)
    for number in range(50):
        with pytest.raises(Mine, match=str(number)):
            apply(bad, number)
        assert apply(good, number) == number + 1000
    outer = session.callback(lambda x: apply(bad, x), "int64_t f(int64_t)")
    with pytest.raises(Mine, match="7"):
        apply(outer, 7)
    with pytest.raises((TypeError, OverflowError)):
        apply(session.callback(lambda x: "no number", "int64_t f(int64_t)"), 1)
    session.function("fill")(values, 4, 2.0)
    assert values.tolist() == [2.0] * 4


def test_jit_dispatch(session):
    session.on_dispatch(7, lambda data: data[::-1] * 2)
    dispatches = session.function("dispatches")
    for size in (0, 1, 100, 8192, 30000):
        data = bytes(i % 251 for i in range(size))
        out = bytearray(2 * size)
        assert dispatches(7, data, size, out if size else None) == 2 * size
        assert bytes(out) == data[::-1] * 2
    with pytest.raises(ExecutorError, match="nobody handles tag 8"):
        dispatches(8, b"x", 1, None)


def test_arrays(session):
    total, fill = session.function("total"), session.function("fill")
    values = np.arange(10.0)
    assert total(values, 10) == 45.0
    fill(values, 5, 1.0)
    assert values.tolist() == [1.0] * 5 + [5.0, 6.0, 7.0, 8.0, 9.0]
    remote = session.asarray(values)
    assert total(remote, 10) == 40.0
    fill(remote, 10, 3.0)
    assert remote.get().tolist() == [3.0] * 10
    remote[2] = 9
    assert (remote[2], remote[3]) == (9.0, 3.0)
    zeroed = session.array((3, 4), "i4")
    assert zeroed.get().tolist() == [[0] * 4] * 3
    if session.shared:
        remote.view[:] = 1
        assert total(remote, 10) == 10.0


def test_arrays_that_nobody_uses_leave_room_for_code(executor):
    """Its data is allocated by the linker, beside the arrays."""
    with executor.session(reservation=16 << 20) as session:
        size = session.opened.zones["data"].size
        used = session.array(size // 2, "u1")
        kept = [session.array(size // 20, "u1") for _ in range(5)]
        for one in kept:
            one.free()
        assert (
            session._worker.memory._zones["data"].taken < size // 2 + size // 10
        )  # few of them are kept, from afar too
        del used
        session.add_ir(f"@big = global [{size * 3 // 4} x i8] zeroinitializer\ndefine ptr @where() {{ ret ptr @big }}")
        assert session.function("where")() == session.lookup("big")


def test_bytes_and_text_are_strings(session):
    strlen = session.function("size_t strlen(const char *)")
    assert strlen(b"abcd") == 4
    assert strlen("größer") == 8


def test_globals(session):
    assert session.globals["counter"] == 7
    session.globals["counter"] = -3
    assert session.globals["counter"] == -3
    assert session.globals["table"].tolist() == [1, 2, 3, 4]
    session.globals["table"] = [4, 3, 2, 1]
    assert session.globals["table"].tolist() == [4, 3, 2, 1]
    assert session.globals["fixed"] == 2.5
    with pytest.raises(SignatureError, match="constant"):
        session.globals["fixed"] = 1.0
    with pytest.raises(KeyError, match="counter"):
        session.globals["conter"]


def test_map(session):
    multiply = session.function("multiply")
    values = np.arange(1000.0)
    assert np.array_equal(multiply.map(values, 2.0), values * 2)
    assert multiply.map(values.reshape(10, 100), values[:100]).shape == (10, 100)
    out = np.empty(1000)
    assert multiply.map(values, 3.0, out=out) is out
    assert np.array_equal(out, values * 3)
    with pytest.raises(TypeError):
        multiply.map(["x"], 1.0)


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


def test_a_crash_within_a_callback_is_what_the_outer_call_raises(executor):
    with executor.session() as session:
        session.add_ir(
            "define i64 @apply(ptr %f, i64 %x) { %r = call i64 %f(i64 %x)  ret i64 %r }\n"
            "define void @crashes() { store volatile i32 1, ptr null  ret void }"
        )
        crashes = session.function("crashes")
        with pytest.raises(ExecutorCrash) as caught:
            session.function("apply")(session.callback(lambda _: crashes(), "int64_t f(int64_t)"), 1)
        assert caught.value.signal == 11


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


def test_a_callback_with_more_than_the_lane_has_room_for(session, tmp_path):
    source, output = tmp_path / "big.c", tmp_path / "big.o"
    source.write_text(
        "struct big { char bytes[9000]; };\n"
        "int deeper(int (*f)(struct big), int n) { struct big b = {{0}}; b.bytes[0] = n; return f(b); }\n"
    )
    subprocess.run([require_tool("gcc"), "-O2", "-fPIC", "-c", "-o", output, source], check=True)
    session.add_object(output)

    class Big(ctypes.Structure):
        _fields_ = (("bytes", ctypes.c_char * 9000),)

    deeper = session.function("deeper", "i32", ["ptr", "i32"])
    nested = session.callback(lambda big: deeper(nested, ord(big.bytes) - 1) if ord(big.bytes) > 1 else 5, "i32", [Big])
    assert deeper(nested, 6) == 5
    with pytest.raises(CallbackRoomError, match="more than the lane has room for"):
        deeper(nested, 9)
    assert session.function("increment")(1) == 2


THREADS = """
declare i32 @pthread_create(ptr, ptr, ptr, ptr)
declare i32 @pthread_join(i64, ptr)
define ptr @body(ptr %f) { %r = call i64 %f(i64 41)  %p = inttoptr i64 %r to ptr  ret ptr %p }
define i64 @in_a_thread(ptr %f) {
  %thread = alloca i64
  %result = alloca ptr
  %failed = call i32 @pthread_create(ptr %thread, ptr null, ptr @body, ptr %f)
  %number = load i64, ptr %thread
  %joined = call i32 @pthread_join(i64 %number, ptr %result)
  %pointer = load ptr, ptr %result
  %value = ptrtoint ptr %pointer to i64
  ret i64 %value
}
"""


def test_callbacks_from_threads_that_native_code_started(executor, monkeypatch):
    reported = []
    monkeypatch.setattr("sys.excepthook", lambda kind, error, _: reported.append(error))
    with executor.session(threads=4) as session:
        session.add_ir(THREADS)
        names = []

        def count(x):
            names.append(threading.current_thread().name)
            return x + 1

        def fail(x):
            raise ValueError("nobody to go to")

        in_a_thread = session.function("in_a_thread")
        counting, failing = (session.callback(f, "int64_t f(int64_t)") for f in (count, fail))
        assert in_a_thread(counting) == 42
        assert in_a_thread(failing) == 0
        assert in_a_thread(counting) == 42
        assert names == ["exclave-dispatcher"] * 2
    assert [str(error) for error in reported] == ["nobody to go to"]


CONSTRUCTOR = """
@seen = global i64 0
declare i64 @host(i64)
define internal void @begin() { %r = call i64 @host(i64 20)  store i64 %r, ptr @seen  ret void }
@llvm.global_ctors = appending global [1 x { i32, ptr, ptr }] [{ i32, ptr, ptr } { i32 65535, ptr @begin, ptr null }]
"""


def test_callbacks_from_constructors(executor):
    with executor.session() as session:
        session.define("host", session.callback(lambda x: x + 1, "int64_t f(int64_t)"))
        session.add_ir(CONSTRUCTOR)
        assert session.globals["seen"] == 21
