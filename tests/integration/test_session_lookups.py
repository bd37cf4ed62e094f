"""Lookups at once, and lookups within lookups: who waits for whom, and what falls with whom."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from exclave.controller import ExecutorCrash, ExecutorError, ExitCalled, LinkError
from exclave.controller.compile import trampoline_ir
from exclave.controller.link import LinkOptions, PassConfiguration

LATER = 20.0


@pytest.fixture(scope="module")
def executor(executor_here_and_afar):
    return executor_here_and_afar


@pytest.fixture
def session(executor):
    with executor.session() as opened:
        yield opened


def module(name, value=1):
    return f"define i64 @{name}() {{ ret i64 {value} }}"


def constructed(name, host="host", argument=0):
    """`name` returns what its module's constructor got from `host`."""
    return f"""
    @{name}_value = global i64 0
    declare i64 @{host}(i64)
    define i64 @{name}() {{ %x = load i64, ptr @{name}_value  ret i64 %x }}
    define internal void @{name}_begin() {{
      %r = call i64 @{host}(i64 {argument})  store i64 %r, ptr @{name}_value  ret void }}
    @llvm.global_ctors = appending global [1 x {{ i32, ptr, ptr }}] [{{ i32, ptr, ptr }} {{ i32 65535, ptr @{name}_begin, ptr null }}]
    """


def define_host(session, function, name="host"):
    session.define(name, session.callback(function, "int64_t f(int64_t)"))


def test_many_threads_each_get_what_they_asked_for(session):
    count = 160
    for i in range(count):
        session.add_ir(module(f"f{i}", i))
    before = session.account.finalize_rpcs
    with ThreadPoolExecutor(8) as threads:
        functions = list(threads.map(lambda i: session.function(f"f{i}"), range(count)))
    assert [function() for function in functions] == list(range(count))
    assert session.account.finalize_rpcs - before <= count + 8


def test_a_constructors_callback_may_look_up_what_has_constructors(session):
    def host(depth):
        if depth == 0:
            return 7
        session.add_ir(constructed(f"level{depth - 1}", argument=depth - 1))
        return session.function(f"level{depth - 1}")() + 1

    define_host(session, host)
    session.add_ir(constructed("top", argument=5))
    assert session.function("top")() == 12


def test_a_constructors_callback_may_use_the_module_that_is_being_initialized(session):
    def host(_):
        session.add_ir(
            "declare i64 @plain()  define i64 @user() { %x = call i64 @plain()  %y = add i64 %x, 1  ret i64 %y }"
        )
        return session.function("plain")() + session.function("user")()

    define_host(session, host)
    session.add_ir(constructed("top") + module("plain", 20))
    assert session.function("top")() == 41


def test_an_exception_of_a_constructors_callback_is_the_lookups_and_takes_with_it_what_refers_to_the_module(session):
    fail = True

    def host(_):
        session.lookup("user")
        session.lookup("apart")
        if fail:
            raise ZeroDivisionError("not now")
        return 5

    define_host(session, host)
    session.add_ir(constructed("top") + module("plain", 20))
    user = session.add_ir("declare i64 @plain()  define i64 @user() { %x = call i64 @plain()  ret i64 %x }")
    apart = session.add_ir(module("apart"))
    with pytest.raises(ZeroDivisionError):
        session.lookup("top")
    assert (user.live, apart.live) == (False, True)
    fail = False
    assert session.function("user")() == 20
    assert session.function("top")() == 5


def test_an_exception_of_a_constructors_callback_runs_no_finalizers_of_what_was_not_constructed(session):
    told = []

    def host(what):
        told.append(what)
        if what == 2:
            raise ZeroDivisionError
        return 0

    define_host(session, host)
    session.add_ir(
        """
        declare i64 @host(i64)
        define i64 @f() { ret i64 1 }
        define internal void @one() { %r = call i64 @host(i64 1)  ret void }
        define internal void @two() { %r = call i64 @host(i64 2)  ret void }
        define internal void @bye() { %r = call i64 @host(i64 3)  ret void }
        @llvm.global_ctors = appending global [2 x { i32, ptr, ptr }] [
          { i32, ptr, ptr } { i32 1, ptr @one, ptr null }, { i32, ptr, ptr } { i32 2, ptr @two, ptr null }]
        @llvm.global_dtors = appending global [1 x { i32, ptr, ptr }] [{ i32, ptr, ptr } { i32 1, ptr @bye, ptr null }]
        """
    )
    with pytest.raises(ZeroDivisionError):
        session.lookup("f")
    assert told == [1, 2]


def test_a_constructor_that_exits_takes_only_its_own_lookup_with_it(session):
    session.add_ir(
        "declare void @exit(i32)  define internal void @go() { call void @exit(i32 3)  unreachable }"
        + module("bad")
        + """
        @llvm.global_ctors = appending global [1 x { i32, ptr, ptr }] [{ i32, ptr, ptr } { i32 1, ptr @go, ptr null }]"""
    )
    for i in range(40):
        session.add_ir(module(f"good{i}", i))
    with ThreadPoolExecutor(8) as threads:
        bad = threads.submit(session.lookup, "bad")
        good = list(threads.map(lambda i: session.function(f"good{i}"), range(40)))
        with pytest.raises(ExitCalled, match=r"bad: an initializer \(constructor\) called exit\(3\)"):
            bad.result(LATER)
    assert [function() for function in good] == list(range(40))


def test_another_thread_gets_a_module_only_when_it_is_initialized(session):
    inside, go_on = threading.Event(), threading.Event()

    def host(_):
        inside.set()
        assert go_on.wait(LATER)
        return 9

    define_host(session, host)
    session.add_ir(constructed("top"))
    session.add_ir("declare i64 @top()  define i64 @user() { %x = call i64 @top()  ret i64 %x }")
    with ThreadPoolExecutor(3) as threads:
        top = threads.submit(session.lookup, "top")
        assert inside.wait(LATER)
        user = threads.submit(lambda: session.function("user")())
        same = threads.submit(lambda: session.function("top")())
        session.add_ir(module("apart"))
        assert session.function("apart")() == 1  # who has nothing to do with it does not wait
        assert not any(future.done() for future in (user, same, top))
        go_on.set()
        assert (user.result(LATER), same.result(LATER)) == (9, 9)


def test_when_a_module_fails_so_does_what_waits_for_it_with_both_named(session):
    inside, go_on = threading.Event(), threading.Event()

    def host(_):
        inside.set()
        assert go_on.wait(LATER)
        raise ZeroDivisionError("no good")

    define_host(session, host)
    session.add_ir(constructed("top"))
    user = session.add_ir("declare i64 @top()  define i64 @user() { %x = call i64 @top()  ret i64 %x }")
    with ThreadPoolExecutor(2) as threads:
        top = threads.submit(session.lookup, "top")
        assert inside.wait(LATER)
        waits = threads.submit(session.lookup, "user")
        while not user._unit.batch:
            pass
        go_on.set()
        with pytest.raises(ZeroDivisionError):
            top.result(LATER)
        with pytest.raises(LinkError, match=r"user: it refers to what was to go live with top.*no good"):
            waits.result(LATER)
    assert not user.live


def test_two_lookups_whose_initializers_want_each_other(session):
    """Each thread's initializer looks up what the other one initializes, as with a cycle of libraries."""
    both = threading.Barrier(2, timeout=LATER)

    def host(which):
        both.wait()
        return session.function("plain_b" if which else "plain_a")()

    define_host(session, host)
    session.add_ir(constructed("b", argument=0) + module("plain_b", 2))
    session.add_ir(constructed("a", argument=1) + module("plain_a", 1))
    with ThreadPoolExecutor(2) as threads:
        found = [threads.submit(lambda name=name: session.function(name)()) for name in ("a", "b")]
        outcomes = [future.exception(LATER) or future.result() for future in found]
    assert outcomes == [2, 1]


def test_an_initializer_that_has_another_thread_wait_for_it_ends_in_time(session):
    def host(_):
        with ThreadPoolExecutor(1) as threads:
            look_up = session._code._materializer.lookup
            return int(isinstance(threads.submit(look_up, ["top"], 0.3).exception(LATER), ExecutorError))

    define_host(session, host)
    session.add_ir(constructed("top"))
    assert session.function("top")() == 1


def test_removing_waits_for_what_is_on_its_way(session):
    inside, go_on = threading.Event(), threading.Event()

    def host(_):
        inside.set()
        assert go_on.wait(LATER)
        return 9

    define_host(session, host)
    tracker = session.add_ir(constructed("top"))
    with ThreadPoolExecutor(2) as threads:
        top = threads.submit(session.lookup, "top")
        assert inside.wait(LATER)
        removal = threads.submit(tracker.remove)
        go_on.set()
        assert top.result(LATER)
        removal.result(LATER)
    assert not tracker.live


def test_an_initializer_cannot_remove_its_own_module(session):
    define_host(session, lambda _: tracker.remove())
    tracker = session.add_ir(constructed("top"))
    with pytest.raises(LinkError, match="one of its initializers is running"):
        session.lookup("top")


def test_a_crash_in_a_constructor_fails_all_that_is_in_flight_and_the_session_comes_back(session):
    inside = threading.Event()

    def host(_):
        inside.set()
        session.function("crash")()
        return 0

    define_host(session, host)
    crash = session.add_ir("define void @crash() { store i64 1, ptr null  ret void }")
    session.add_ir(constructed("top"))
    with pytest.raises(ExecutorCrash):
        session.lookup("top")
    assert inside.is_set()
    crash.remove()
    session.add_ir(module("after", 4))
    assert session.function("after")() == 4


def with_pass(monkeypatch, work):
    """Every link runs `work()` as its last pass: as debug information's registration would, while all is in flight."""

    def options(**given):
        return LinkOptions(**given, passes=PassConfiguration(post_fixup=[lambda _graph: work()]))

    monkeypatch.setattr("exclave.controller.linking.LinkOptions", options)


def test_a_pass_may_look_up_something_else(session, monkeypatch):
    names, asked = ["other"], []

    def work():
        if names:
            asked.append(session.lookup(names.pop()))

    session.add_ir(module("other", 5))
    session.add_ir(module("f", 6))
    with_pass(monkeypatch, work)
    assert session.lookup("f")
    assert (session.function("f")(), session.function("other")()) == (6, 5)
    assert asked == [session.lookup("other")]


def test_a_pass_may_look_up_what_another_thread_initializes(session, monkeypatch):
    inside, go_on = threading.Event(), threading.Event()

    def host(_):
        inside.set()
        assert go_on.wait(LATER)
        return 9

    def work():
        if threading.current_thread() is threading.main_thread() and not go_on.is_set():
            go_on.set()
            assert session.lookup("top")

    define_host(session, host)
    session.add_ir(constructed("top"))
    session.add_ir(module("f", 6))
    with ThreadPoolExecutor(1) as threads:
        top = threads.submit(session.lookup, "top")
        assert inside.wait(LATER)
        with_pass(monkeypatch, work)
        assert session.lookup("f")
        assert top.result(LATER)
    assert session.function("top")() == 9


def test_a_pass_cannot_look_up_what_is_being_linked(session, monkeypatch):
    tracker = session.add_ir(module("f", 6))
    with monkeypatch.context() as patch:
        with_pass(patch, lambda: session.lookup("f"))
        with pytest.raises(LinkError, match=r"f: .* which defines it, is being linked"):
            session.lookup("f")
    assert not tracker.live
    assert session.function("f")() == 6


def test_a_constructor_may_be_the_first_to_call_a_lazy_function(session):
    def resolve():
        session.add_ir(constructed("real", argument=4))
        return session.lookup("real")

    define_host(session, lambda x: x + 38)
    session.add_ir(trampoline_ir(session._calls.callbacks.lazy.add(resolve), "lazy", os.uname().machine))
    session.add_ir(
        """
        @got = global i64 0
        declare i64 @lazy()
        define i64 @f() { %x = load i64, ptr @got  ret i64 %x }
        define internal void @begin() { %r = call i64 @lazy()  store i64 %r, ptr @got  ret void }
        @llvm.global_ctors = appending global [1 x { i32, ptr, ptr }] [{ i32, ptr, ptr } { i32 1, ptr @begin, ptr null }]
        """
    )
    assert session.function("f")() == 42
