"""Callbacks and dispatch: nested, from threads and constructors, failing; on the same host and from afar."""

from __future__ import annotations

import ctypes
import subprocess
import threading

import numpy as np
import pytest
from exclave.controller import ExecutorCrash, SignatureError
from exclave.controller.errors import CallbackRoomError, CallDepthError, ExecutorError
from support_calls import IN_A_THREAD
from support_tools import require_tool


@pytest.fixture(scope="module")
def executor(executor_here_and_afar):
    return executor_here_and_afar


@pytest.fixture
def session(session_to_call):
    return session_to_call


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


def test_callbacks_from_threads_that_native_code_started(executor, monkeypatch):
    reported = []
    monkeypatch.setattr("sys.excepthook", lambda kind, error, _: reported.append(error))
    with executor.session(threads=4) as session:
        session.add_ir(IN_A_THREAD)
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
