"""Replacing code under its callers: addresses stay, calls finish where they are, all or nothing."""

import itertools
import os
import signal
import struct
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from exclave.controller import (
    CompileError,
    DuplicateSymbolsError,
    ExecutorCrash,
    InUseError,
    LinkError,
    SignatureError,
    UndefinedSymbolsError,
)

LATER = 20.0
CALLER = "declare i64 @f(i64)  define i64 @caller(i64 %x) { %y = call i64 @f(i64 %x)  ret i64 %y }"


def version(value, more=""):
    return f"define i64 @f(i64 %x) {{ %y = add i64 %x, {value}  ret i64 %y }} {more}"


@pytest.fixture(scope="module")
def executor(executor_here_and_afar):
    return executor_here_and_afar


@pytest.fixture
def session(executor):
    with executor.session() as opened:
        yield opened


def die(session):
    os.kill(session.opened.worker_pid, signal.SIGKILL)
    with pytest.raises(ExecutorCrash):
        session.function("f")(0)


def test_handles_callers_pointers_and_addresses_stay(session):
    tracker = session.add_ir(version(1, "define ptr @address() { ret ptr @f }"), name="m", replaceable=True)
    session.add_ir(CALLER)
    session.add_ir("define i64 @through(ptr %p, i64 %x) { %y = call i64 %p(i64 %x)  ret i64 %y }")
    f, caller, address, through = map(session.function, ("f", "caller", "address", "through"))
    place = session.lookup("f")
    pointer = address()
    assert (f(1), caller(1), through(pointer, 1), pointer) == (2, 2, 2, place)
    assert session.replace_ir(tracker, version(10, "define ptr @address() { ret ptr @f }"))
    assert (f(1), caller(1), through(pointer, 1), address()) == (11, 11, 11, place)
    assert session.lookup("f") == place
    assert (tracker.name, tracker.symbols, tracker.live) == ("m", ("f", "address"), True)
    assert list(f.map([1, 2])) == [11, 12]


@pytest.mark.parametrize("optimize", [0, 2])
@pytest.mark.parametrize("kind", ["", "dso_local ", "hidden ", "protected "])
def test_every_way_to_take_an_address_in_the_module_gives_the_stubs(session, optimize, kind):
    code = f"""
    @table = global [1 x ptr] [ptr @f]
    define {kind}i64 @f(i64 %x) noinline {{ %y = add i64 %x, 1  ret i64 %y }}
    define {kind}ptr @address() {{ ret ptr @f }}
    define {kind}i1 @same(ptr %p) {{ %r = icmp eq ptr %p, @f  ret i1 %r }}
    """
    session.add_ir(code, optimize=optimize, replaceable=True)
    place = session.lookup("f")
    assert session.function("address")() == place
    assert session.function("same")(int(place))
    assert struct.unpack("<Q", session.read_memory(session.lookup("table"), 8)) == (place,)


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


def test_variables_are_the_modules_own_and_functions_may_come(session):
    tracker = session.add_ir(version(1, "@n = global i64 5"), replaceable=True)
    session.lookup("f")
    session.globals["n"] = 6
    session.replace_ir(tracker, version(2, "@n = global i64 7  @more = global i64 8  define i64 @g() { ret i64 3 }"))
    assert (session.globals["n"], session.globals["more"], session.function("g")()) == (7, 8, 3)
    assert sorted(tracker.symbols) == ["f", "g", "more", "n"]
    place = session.lookup("g")
    with pytest.raises(LinkError, match="does not define g: functions may come"):
        session.replace_ir(tracker, version(3))
    session.replace_ir(tracker, version(3, "define i64 @g() { ret i64 4 }"))
    assert (session.function("g")(), session.lookup("g")) == (4, place)
    with pytest.raises(UndefinedSymbolsError):
        session.lookup("n")


def test_what_was_never_looked_up(session):
    tracker = session.add_ir(
        version(1, "declare void @nobody()  define void @g() { call void @nobody() ret void }"), replaceable=True
    )
    with pytest.raises(UndefinedSymbolsError):
        session.lookup("f")
    assert session.replace_ir(tracker, version(2, "define void @g() { ret void }"))
    assert session.function("f")(1) == 3


BROKEN = {
    "is no IR": ("nonsense", CompileError, "expected top-level entity"),
    "has other types": ("define i64 @g() { ret i64 1 }  define i64 @f(i32 %x) { ret i64 0 }", SignatureError, r"f is i64 \(i64\), which callers rely on; in m it is i64 \(i32\)"),
    "has other structs": ("%S = type { i32 }  define i64 @g() { ret i64 1 }  define i64 @f(%S %x) { ret i64 0 }", SignatureError, r"f is i64 \(i64\), .*; in m it is i64 \(%S\)"),
    "lacks a function": ("define i64 @h() { ret i64 1 }", LinkError, "m does not define f, g: functions may come"),
    "has a weak one": (version(9).replace("define", "define weak"), LinkError, "does not define f, g"),
    "needs something": (version(9, "define i64 @g() { ret i64 1 } @p = global ptr @nobody  @nobody = external global i8"), UndefinedSymbolsError, "nobody"),
    "defines what is there": (version(9, "define i64 @g() { ret i64 1 }  define i64 @caller(i64 %x) { ret i64 1 }"), DuplicateSymbolsError, "caller"),
    "has a variable that is there": (version(9, "define i64 @g() { ret i64 1 }  @elsewhere = global i8 1"), DuplicateSymbolsError, "elsewhere"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_all_or_nothing(session, name):
    code, kind, text = BROKEN[name]
    tracker = session.add_ir(version(1, "define i64 @g() { ret i64 5 } @n = global i64 1"), name="m", replaceable=True)
    session.add_ir(CALLER)
    session.add_ir("@elsewhere = global i8 2")
    caller = session.function("caller")
    place, used = session.lookup(["f", "g", "n", "elsewhere"]), session.stats().zones["code"].by_tracker["m"]
    with pytest.raises(kind, match=text):
        session.replace_ir(tracker, code)
    assert (caller(1), session.function("g")(), session.globals["n"]) == (2, 5, 1)
    assert session.lookup(["f", "g", "n", "elsewhere"]) == place
    assert session.stats().zones["code"].by_tracker["m"] == used
    session.replace_ir(tracker, version(4, "define i64 @g() { ret i64 6 }"))
    assert (caller(1), session.function("g")()) == (5, 6)


def test_structs_of_one_name_may_be_two(session):
    """What a name means is its module's affair."""
    code = "%S = type {{ {} }}  define i64 @f(%S %x) {{ ret i64 {} }}"
    tracker = session.add_ir(code.format("i64", 1), replaceable=True)
    with pytest.raises(SignatureError, match=r"f is i64 \(%S\)"):
        session.replace_ir(tracker, code.format("i32, i32", 2))
    session.replace_ir(tracker, code.format("i64", 3))
    assert session.function("f")((5,)) == 3


def constructed(value):
    return f"""
    @n = global i64 0
    declare i64 @host(i64)
    define i64 @f(i64 %x) {{ %n = load i64, ptr @n  %y = add i64 %x, %n  ret i64 %y }}
    define void @begin() {{ %r = call i64 @host(i64 {value})  store i64 %r, ptr @n  ret void }}
    define void @end() {{ %r = call i64 @host(i64 -{value})  ret void }}
    @llvm.global_ctors = appending global [1 x {{ i32, ptr, ptr }}] [{{ i32, ptr, ptr }} {{ i32 65535, ptr @begin, ptr null }}]
    @llvm.global_dtors = appending global [1 x {{ i32, ptr, ptr }}] [{{ i32, ptr, ptr }} {{ i32 65535, ptr @end, ptr null }}]
    """


def test_constructors_and_finalizers_are_each_versions_own(session):
    seen = []

    def host(value):
        seen.append(value)
        if value == 3:
            raise ValueError("not today")
        return value

    session.define("host", session.callback(host, "int64_t f(int64_t)"))
    tracker = session.add_ir(constructed(1), replaceable=True)
    assert session.function("f")(100) == 101
    assert session.replace_ir(tracker, constructed(2))
    assert seen == [1, 2, -1]
    assert session.function("f")(100) == 102
    with pytest.raises(ValueError, match="not today"):
        session.replace_ir(tracker, constructed(3))
    assert session.function("f")(100) == 102
    tracker.remove()
    assert seen == [1, 2, -1, 3, -2]


def test_an_initializer_cannot_replace_its_own_module(session):
    def host(value):
        if value == 2:
            with pytest.raises(LinkError, match="it is being replaced"):
                session.replace_ir(tracker, constructed(4))
            with pytest.raises(LinkError, match="it is being replaced"):
                tracker.remove()
        return session.function("f")(0)  # which is the old one's still

    session.define("host", session.callback(host, "int64_t f(int64_t)"))
    tracker = session.add_ir(
        version(5, "define void @begin() { ret void } define void @end() { ret void }"), replaceable=True
    )
    session.lookup("f")
    session.replace_ir(tracker, constructed(2))
    assert session.function("f")(100) == 105


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


def test_who_is_linked_to_a_variable_is_in_the_way(session):
    tracker = session.add_ir(version(1, "@n = global i64 5"), name="m", replaceable=True)
    reader = session.add_ir(
        "@n = external global i64  define i64 @read() { %n = load i64, ptr @n  ret i64 %n }", name="reader"
    )
    read = session.function("read")
    with pytest.raises(InUseError, match="replacing m: reader refers to its variables") as caught:
        session.replace_ir(tracker, version(2, "@n = global i64 6"))
    assert caught.value.dependents == tracker.dependents == ("reader",)
    assert (read(), session.function("f")(1)) == (5, 2)
    reader.remove()
    session.replace_ir(tracker, version(2, "@n = global i64 6"))


def test_what_the_new_version_brings_along_may_refer_to_its_variables(session):
    tracker = session.add_ir(version(1, "@n = global i64 5"), replaceable=True)
    session.lookup("f")
    session.add_ir("@n = external global i64  define i64 @read() { %n = load i64, ptr @n  ret i64 %n }", name="reader")
    new = "declare i64 @read()  @n = global i64 6  define i64 @f(i64 %x) { %y = call i64 @read()  ret i64 %y }"
    session.replace_ir(tracker, new)
    assert session.function("f")(0) == 6
    assert tracker.dependents == ("reader",)


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


def test_removing_takes_everything_and_names_are_free(session):
    before = session.stats().zones
    tracker = session.add_ir(version(1), name="m", replaceable=True)
    session.add_ir(CALLER)
    assert session.function("caller")(1) == 2
    session.replace_ir(tracker, version(2))
    with pytest.raises(InUseError, match=r"removing m: .* refers to it"):
        tracker.remove()
    tracker.remove(cascade=True)
    tracker.remove()
    assert not tracker.live
    assert session.stats().zones["readonly"].by_tracker.get("m") is None
    assert "m" not in session.stats().zones["code"].by_tracker
    assert before["code"].by_tracker.keys() <= session.stats().zones["code"].by_tracker.keys()
    with pytest.raises(LinkError, match="replacing m: it was removed"):
        session.replace_ir(tracker, version(3))
    session.add_ir(version(7))
    assert session.function("f")(1) == 8


def test_of_what_cannot_be_replaced(session, executor):
    plain = session.add_ir("define i64 @g() { ret i64 1 }")
    with executor.session() as other:
        foreign = other.add_ir(version(1), replaceable=True)
        for wrong in (plain, foreign, None, "f"):
            with pytest.raises(SignatureError, match="replacing takes what add_ir"):
                session.replace_ir(wrong, version(2))


def test_stubs_and_present_bodies_come_back_with_another_worker(session):
    told = []
    tracker = session.add_ir(version(1, "@n = global i64 5"), replaceable=True)
    tracker.on_finalized(lambda: told.append(session.generation))
    session.add_ir(CALLER)
    f, caller = session.function("f"), session.function("caller")
    session.replace_ir(tracker, version(2, "@n = global i64 6  define i64 @g() { ret i64 3 }"))
    g = session.function("g")
    die(session)
    assert (f(1), caller(1), g(), session.globals["n"], session.generation) == (3, 3, 3, 6, 2)
    assert session.replace_ir(tracker, version(4, "define i64 @g() { ret i64 5 }"))
    assert (f(1), caller(1), g()) == (5, 5, 5)
    die(session)
    assert session.replace_ir(tracker, version(6, "define i64 @g() { ret i64 7 }"))
    assert (f(1), caller(1), g(), session.generation) == (7, 7, 7, 3)
    assert len(told) >= 4
    tracker.remove(cascade=True)


def test_bitcode_too(session):
    llvm = pytest.importorskip("llvmlite.binding")
    tracker = session.add_bitcode(llvm.parse_assembly(version(1)).as_bitcode(), replaceable=True)
    assert session.function("f")(1) == 2
    session.replace_ir(tracker, llvm.parse_assembly(version(2)).as_bitcode(), optimize=0)
    assert session.function("f")(1) == 3


def test_a_module_without_functions_has_nothing_to_replace(session):
    with pytest.raises(LinkError, match="m: it defines no function that could be replaced"):
        session.add_ir("@n = global i64 1  define weak void @w() { ret void }", name="m", replaceable=True)
    session.add_ir("@n = global i64 1")
    assert session.globals["n"] == 1


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


def test_a_name_for_an_old_body_is_lost_with_its_worker(session):
    """Also if the old body was not freed, since a call was in it."""
    freed, rebuilt = [], []

    def host(_):
        freed.append(session.replace_ir(tracker, version(2)))
        die(session)
        return 0

    session.define("host", session.callback(host, "int64_t f(int64_t)"))
    calling = "declare i64 @host(i64)  define i64 @f(i64 %x) { %y = call i64 @host(i64 %x)  ret i64 %y }"
    tracker = session.add_ir(calling, replaceable=True)
    session.lookup("f")
    session.define("old", session.lookup("f$body.1"))
    session.on_rebuilt(rebuilt.append)
    with pytest.raises(ExecutorCrash):
        session.function("f")(0)
    assert session.function("f")(5) == 7
    assert (freed, [event.lost for event in rebuilt]) == ([False], [("old",)])
    with pytest.raises(UndefinedSymbolsError, match="old"):
        session.lookup("old")
