"""Replacing code while it is called: calls finish where they are, and none sees what is neither old nor new."""

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from exclave.controller import ExecutorCrash, InUseError
from support_replace import CALLER, version

LATER = 20.0


@pytest.fixture(scope="module")
def executor(executor_here_and_afar):
    return executor_here_and_afar


def test_calls_within_a_module_stay_in_its_version(session):
    def pair(value):
        return f"""
        define i64 @inner() noinline {{ ret i64 {value} }}
        define i64 @f(i64 %x) {{ %y = call i64 @inner()  %h = call i64 @host(i64 0)  %z = call i64 @inner()
          %t = mul i64 %y, 100  %s = add i64 %t, %z  ret i64 %s }}
        declare i64 @host(i64)
        """

    def host(_):
        assert not session.replace_ir(tracker, pair(next(values)))  # a call is in the old one
        return 0

    values = itertools.count(2)
    session.define("host", session.callback(host, "int64_t f(int64_t)"))
    tracker = session.add_ir(pair(1), replaceable=True)
    assert session.function("f")(0) == 101
    assert session.function("inner")() == 2
    assert session.function("f")(0) == 202


def host_that_waits(session):
    inside, go_on = threading.Event(), threading.Event()

    def host(x):
        inside.set()
        assert go_on.wait(LATER)
        return x

    session.define("host", session.callback(host, "int64_t f(int64_t)"))
    return inside, go_on


def waiting(value):
    return f"declare i64 @host(i64)  define i64 @f(i64 %x) {{ %y = call i64 @host(i64 %x)  %z = add i64 %y, {value}  ret i64 %z }}"


@pytest.mark.parametrize("how", ["call", "quick", "map", "caller"])
def test_a_call_that_is_inside_finishes_there(session, how):
    inside, go_on = host_that_waits(session)
    tracker = session.add_ir(waiting(1), replaceable=True)
    session.add_ir(CALLER)
    called = session.function("caller" if how == "caller" else "f")
    called.prepare()
    if how == "call":
        called.forget()
    code = session.stats().zones["code"].by_tracker["module-1"]
    with ThreadPoolExecutor(1) as threads:
        call = threads.submit(lambda: next(iter(called.map([1]))) if how == "map" else called(1))
        assert inside.wait(LATER)
        assert not session.replace_ir(tracker, version(10))
        assert not session.replace_ir(tracker, version(20), wait=0.01)
        assert called(1) == 21
        with pytest.raises(InUseError, match=r"a call of (f|caller) is running"):
            tracker.remove(cascade=True)
        go_on.set()
        assert call.result(LATER) == 2
    assert called(1) == 21
    assert session.replace_ir(tracker, version(30))
    assert session.stats().zones["code"].by_tracker["module-1"] < code  # of all versions there is one
    tracker.remove(cascade=True)


def test_waiting_for_the_call(session):
    inside, go_on = host_that_waits(session)
    tracker = session.add_ir(waiting(1), replaceable=True)
    f = session.function("f")
    with ThreadPoolExecutor(2) as threads:
        call = threads.submit(f, 1)
        assert inside.wait(LATER)
        replacing = threads.submit(session.replace_ir, tracker, version(10), wait=LATER)
        go_on.set()
        assert replacing.result(LATER)
        assert call.result(LATER) == 2


def test_by_force(session):
    """A call that is inside traps."""
    inside, go_on = host_that_waits(session)
    tracker = session.add_ir(waiting(1), replaceable=True)
    f = session.function("f")
    with ThreadPoolExecutor(1) as threads:
        call = threads.submit(f, 1)
        assert inside.wait(LATER)
        assert session.replace_ir(tracker, version(10), force=True)
        assert f(1) == 11
        go_on.set()
        with pytest.raises(ExecutorCrash):
            call.result(LATER)
    assert f(1) == 11  # on another worker


def test_what_an_old_version_needs_stays_while_a_call_is_inside(session):
    inside, go_on = host_that_waits(session)
    helper = session.add_ir("define i64 @helper() { ret i64 40 }", name="helper")
    tracker = session.add_ir(
        "declare i64 @host(i64)  declare i64 @helper()  define i64 @f(i64 %x) { %y = call i64 @host(i64 %x)"
        "  %z = call i64 @helper()  %s = add i64 %y, %z  ret i64 %s }",
        replaceable=True,
    )
    f = session.function("f")
    with ThreadPoolExecutor(1) as threads:
        call = threads.submit(f, 1)
        assert inside.wait(LATER)
        assert not session.replace_ir(tracker, version(10))
        with pytest.raises(InUseError):
            helper.remove()
        with pytest.raises(InUseError, match="a call of f is running"):
            helper.remove(cascade=True)
        go_on.set()
        assert call.result(LATER) == 41
    helper.remove()
    assert f(1) == 11


def test_callers_never_see_anything_but_versions_that_are_or_will_be(session):
    """Two hundred times, under threads that call without a pause."""
    count, over, done = 200, threading.Event(), [0]
    tracker = session.add_ir(version(0), replaceable=True)
    session.add_ir("""
        declare i64 @f(i64)
        define i64 @many(i64 %low) {  ; calls until it goes down or was called often
          br label %loop
        loop:
          %i = phi i64 [ 0, %0 ], [ %j, %loop ]
          %last = phi i64 [ %low, %0 ], [ %now, %loop ]
          %now = call i64 @f(i64 0)
          %down = icmp slt i64 %now, %last
          %j = add i64 %i, 1
          %enough = icmp eq i64 %j, 2000
          %end = or i1 %down, %enough
          br i1 %end, label %out, label %loop
        out:
          %r = select i1 %down, i64 -1, i64 %now
          ret i64 %r
        }""")
    functions = [session.function("f"), session.function("many"), session.function("f")]

    def call(function):
        calls = 0
        while not over.is_set():
            low = done[0]
            value = function(low) - (0 if function.name == "many" else low)
            assert low <= value <= count, function.name
            calls += 1
        return calls

    with ThreadPoolExecutor(len(functions)) as threads:
        calls = [threads.submit(call, function) for function in functions]
        try:
            for value in range(1, count + 1):
                session.replace_ir(tracker, version(value), optimize=0)
                done[0] = value
        finally:
            over.set()
        assert all(call.result(LATER) > 0 for call in calls)
    session.replace_ir(tracker, version(count))
    assert session.function("f")(0) == count
    assert session.generation == 1
    assert len(tracker.module.old) == 0
