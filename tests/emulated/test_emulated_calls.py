"""The session runtime's ways: callbacks, nesting, what unwinds, threads, exit, dispatch."""

from __future__ import annotations

import threading

import pytest
from exclave.controller import CallTimeout, ExitCalled
from exclave.controller.errors import CallbackRoomError, CallDepthError
from support_calls import IN_A_THREAD

APPLY = """
define i64 @apply(ptr %f, i64 %x) { %r = call i64 %f(i64 %x)  %s = add i64 %r, 1000  ret i64 %s }
define i64 @kept(ptr %f, double %a, double %b, i64 %x) {
  %p = fmul double %a, %b
  %q = fadd double %a, %b
  %r = call i64 %f(i64 %x)
  %s = fadd double %p, %q
  %t = fptosi double %s to i64
  %u = add i64 %t, %r
  ret i64 %u
}
"""


def test_callbacks(session):
    session.add_ir(APPLY)
    double = session.callback(lambda x: 2 * x, "i64", ["i64"])
    assert [session.function("apply")(double, x) for x in range(20)] == [1000 + 2 * x for x in range(20)]
    assert session.function("kept")(double, 1.5, 4.0, 7) == 11 + 14


def test_calls_nest_in_both_directions_to_the_stated_depth(session):
    session.add_ir(APPLY)
    apply = session.function("apply")
    deeper = session.callback(lambda left: apply(deeper, left - 1) if left else 0, "i64", ["i64"])
    assert apply(deeper, 1) == 2000
    assert apply(deeper, 31) == 32_000
    with pytest.raises(CallDepthError, match="at most 32 may be nested"):
        apply(deeper, 32)
    assert apply(deeper, 0) == 1000


class MineError(Exception):
    pass


def test_an_exception_unwinds_the_native_call_and_no_more(session):
    """The way back is the runtime's: it jumps over the native frames, to the innermost call."""
    session.add_ir(APPLY)
    apply = session.function("apply")

    def fail(x):
        raise MineError(x)

    bad = session.callback(fail, "i64", ["i64"])
    good = session.callback(lambda x: x, "i64", ["i64"])

    def catch(x):
        with pytest.raises(MineError, match="5"):
            apply(bad, 5)
        return x

    catches = session.callback(catch, "i64", ["i64"])
    passes = session.callback(lambda x: apply(bad, x), "i64", ["i64"])
    for number in range(10):
        with pytest.raises(MineError, match=str(number)):
            apply(bad, number)
        assert apply(catches, number) == 1000 + number
        with pytest.raises(MineError, match=str(number)):
            apply(passes, number)
        assert session.function("kept")(good, 2.0, 3.0, number) == 11 + number


def test_arguments_that_the_lane_has_no_room_for(session):
    session.add_ir("""
        declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)
        declare void @exclave_callback(i64, ptr, i64)
        define i64 @large(i64 %id, i64 %size) {
          %slots = alloca [70000 x i8], align 16
          call void @llvm.memset.p0.i64(ptr %slots, i8 0, i64 70000, i1 false)
          call void @exclave_callback(i64 %id, ptr %slots, i64 %size)
          %r = load i64, ptr %slots
          ret i64 %r
        }
    """)
    callback = session.callback(lambda x: x + 5, "i64", ["i64"])
    large = session.function("large")
    assert large(callback.number, 8) == 5
    with pytest.raises(CallbackRoomError, match="more than the lane has room for"):
        large(callback.number, 65536)
    assert large(callback.number, 8) == 5


def test_a_callback_from_a_thread_of_the_codes_own(executor):
    with executor.session(threads=1) as session:
        session.add_ir(IN_A_THREAD)
        served_by = []

        def host(x):
            served_by.append(threading.current_thread().name)
            return x + 1

        assert session.function("in_a_thread")(session.callback(host, "i64", ["i64"])) == 42
        assert served_by == ["exclave-dispatcher"]


def test_jit_dispatch_in_pieces(session):
    session.add_ir("""
        declare ptr @exclave_jit_dispatch(i64, ptr, i64, ptr)
        declare void @free(ptr)
        define i64 @ask(ptr %data, i64 %size) {
          %got = alloca i64
          %answer = call ptr @exclave_jit_dispatch(i64 7, ptr %data, i64 %size, ptr %got)
          %n = load i64, ptr %got
          %last = sub i64 %n, 1
          %p = getelementptr i8, ptr %answer, i64 %last
          %byte = load i8, ptr %p
          call void @free(ptr %answer)
          %wide = zext i8 %byte to i64
          %shifted = shl i64 %n, 8
          %r = or i64 %shifted, %wide
          ret i64 %r
        }
    """)
    session.on_dispatch(7, lambda data: data[::-1] * 2)
    for size in (1, 8192, 20000):
        data = bytes([9]) + bytes(size - 1)
        assert session.function("ask")(data, size) == (2 * size) << 8 | 9


EXITS = """
@text = private constant [9 x i8] c"leaving\\0A\\00"
declare i32 @printf(ptr, ...)
declare i32 @atexit(ptr)
declare void @exit(i32) noreturn
define void @leaving() { %r = call i32 (ptr, ...) @printf(ptr @text)  ret void }
define void @leave(i32 %code) { call void @exit(i32 %code)  unreachable }
define i32 @main(i32 %argc, ptr %argv) {
  %r = call i32 @atexit(ptr @leaving)
  %many = icmp sgt i32 %argc, 2
  br i1 %many, label %exits, label %returns
exits:
  call void @leave(i32 %argc)
  unreachable
returns:
  ret i32 %argc
}
"""


def test_exit_ends_the_call(session):
    session.add_ir(EXITS)
    with pytest.raises(ExitCalled) as caught:
        session.function("leave")(7)
    assert caught.value.exit_code == 7
    assert [session.run_main(["main", *"abc"[:count]]) for count in (0, 1, 3)] == [1, 2, 4]
    assert session.stdout == "leaving\n" * 3


def test_calls_at_once_from_several_threads(session):
    session.add_ir(APPLY)
    double = session.callback(lambda x: 2 * x, "i64", ["i64"])
    apply = session.function("apply")
    found = {}

    def call(number):
        found[number] = [apply(double, number * 100 + i) for i in range(8)]

    threads = [threading.Thread(target=call, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {n: [1000 + 2 * (n * 100 + i) for i in range(8)] for n in range(4)}


def test_a_call_that_looks_all_the_time_does_not_hold_up_another(session):
    session.add_ir("""
        @gate = global i64 0
        define i64 @wait() {
        entry:
          br label %look
        look:
          %g = load volatile i64, ptr @gate
          %closed = icmp eq i64 %g, 0
          br i1 %closed, label %look, label %open
        open:
          ret i64 %g
        }
        define void @open(i64 %g) { store volatile i64 %g, ptr @gate  ret void }
    """)
    pending = session.function("wait").submit()
    session.function("open")(5)
    assert pending.result() == 5


def test_a_loop_without_end_meets_its_deadline_and_the_session_comes_back(session):
    session.add_ir("define void @forever() { br label %l l: br label %l }  define i64 @f() { ret i64 5 }")
    with pytest.raises(CallTimeout):
        session.function("forever")(timeout=0.05)
    assert session.function("f")() == 5


def test_memory_outside_of_the_zones_is_read_by_the_worker(session):
    session.add_ir(
        "declare ptr @malloc(i64)  define ptr @note(i64 %x) { %p = call ptr @malloc(i64 16)  store i64 %x, ptr %p  ret ptr %p }"
    )
    seen = []
    session.define("look", session.callback(lambda p: seen.append(p[0]), "void look(const long *)"))
    session.add_ir(
        "declare ptr @note(i64)  declare void @look(ptr)  define void @go() { %p = call ptr @note(i64 77)  call void @look(ptr %p)  ret void }"
    )
    session.function("go")()
    assert seen == [77]
