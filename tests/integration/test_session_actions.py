"""Alloc actions of a user's own: when they run, what they get, and what is undone when one fails."""

import pytest
from exclave.controller import ArgumentRangeError, ExecutorError, LinkError, SignatureError, UndefinedSymbolsError

NOTES = """
@notes = global [64 x i64] zeroinitializer
@count = global i64 0
define i64 @note(i64 %what) {
  %n = load i64, ptr @count
  %at = getelementptr [64 x i64], ptr @notes, i64 0, i64 %n
  store i64 %what, ptr %at
  %next = add i64 %n, 1
  store i64 %next, ptr @count
  ret i64 0
}
define i64 @forget(i64 %what) { %x = sub i64 0, %what  %r = call i64 @note(i64 %x)  ret i64 0 }
define i64 @fail(i64 %what) { ret i64 7 }
"""


@pytest.fixture
def notes(session):
    """What was noted so far."""
    session.add_ir(NOTES)
    session.lookup("note")

    def read():
        found = session.lookup(["notes", "count"])
        count = int.from_bytes(session.read_memory(found["count"], 8), "little")
        raw = session.read_memory(found["notes"], 8 * count)
        return [int.from_bytes(raw[8 * i : 8 * i + 8], "little", signed=True) for i in range(count)]

    return read


def module(name):
    return f"define i64 @{name}() {{ ret i64 1 }}"


def constructed(name, number):
    """Its constructor notes `number`, its destructor `-number`."""
    return f"""
    declare i64 @note(i64)
    define i64 @{name}() {{ ret i64 1 }}
    define internal void @begin() {{ %r = call i64 @note(i64 {number})  ret void }}
    define internal void @end() {{ %r = call i64 @note(i64 -{number})  ret void }}
    @llvm.global_ctors = appending global [1 x {{ i32, ptr, ptr }}] [{{ i32, ptr, ptr }} {{ i32 65535, ptr @begin, ptr null }}]
    @llvm.global_dtors = appending global [1 x {{ i32, ptr, ptr }}] [{{ i32, ptr, ptr }} {{ i32 65535, ptr @end, ptr null }}]
    """


def test_they_run_in_order_after_constructors_and_are_undone_in_reverse_before_destructors(session, notes):
    tracker = session.add_ir(constructed("f", 5))
    tracker.add_action("note", "forget", arguments=[10])
    tracker.add_action(finalize="note", arguments=[11])
    tracker.add_action(dealloc="forget", arguments=[12])
    assert notes() == []
    session.lookup("f")
    assert notes() == [5, 10, 11]
    tracker.remove()
    assert notes() == [5, 10, 11, -12, -10, -5]


def test_a_symbols_name_stands_for_its_address(session, notes):
    tracker = session.add_ir("@table = global i64 3  " + module("f"))
    tracker.add_action(session.lookup("note"), arguments=["table"])
    tracker.add_action("note", arguments=["note"])
    session.lookup("f")
    assert notes() == [session.lookup("table"), session.lookup("note")]


def test_what_they_name_goes_live_with_it(session):
    user = session.add_ir(module("f"))
    user.add_action("begin", "finish")
    needed = session.add_ir("define i64 @begin() { ret i64 0 }  define i64 @finish() { ret i64 0 }")
    session.lookup("f")
    assert needed.live
    assert needed.dependents == (user.name,)


@pytest.mark.parametrize("bad", [0, 1, 2])
def test_when_one_fails_those_before_it_are_undone_and_it_is_not(session, notes, bad):
    tracker = session.add_ir(module("f"))
    for number in range(3):
        tracker.add_action("fail" if number == bad else "note", "forget", arguments=[number + 1])
    with pytest.raises(ExecutorError, match=r"f: alloc action .* returned 7"):
        session.lookup("f")
    done = [number + 1 for number in range(bad)]
    assert notes() == [*done, *(-number for number in reversed(done))]
    assert not tracker.live


def test_one_may_call_back_and_its_exception_is_the_lookups(session):
    seen = []

    def host(value):
        seen.append(value)
        session.lookup("other")
        raise ZeroDivisionError("not now")

    session.define("host", session.callback(host, "int64_t f(int64_t)"))
    session.add_ir(module("other"))
    tracker = session.add_ir(module("f"))
    tracker.add_action("host", arguments=[3])
    with pytest.raises(ZeroDivisionError):
        session.lookup("f")
    assert (seen, tracker.live) == ([3], False)


def test_a_dealloc_that_fails_is_told_and_stops_nothing(session, notes):
    tracker = session.add_ir(module("f"))
    tracker.add_action(dealloc="fail", arguments=[1])
    tracker.add_action(dealloc="forget", arguments=[2])
    session.lookup("f")
    with pytest.raises(LinkError, match=r"it is gone, but: .*returned 7"):
        tracker.remove()
    assert notes() == [-2]


def test_they_run_again_when_the_session_came_back(session, notes):
    session.add_ir("define void @crash() { store i64 1, ptr null  ret void }")
    tracker = session.add_ir(module("f"))
    tracker.add_action("note", arguments=[9])
    session.lookup("f")
    with pytest.raises(Exception, match="SIGSEGV"):
        session.function("crash")()
    assert session.function("f")() == 1
    assert notes() == [9]


def test_a_new_version_takes_them_over(session, notes):
    tracker = session.add_ir(module("f"), replaceable=True)
    tracker.add_action("note", "forget", arguments=[4])
    session.function("f")()
    assert session.replace_ir(tracker, "define i64 @f() { ret i64 2 }")
    assert (session.function("f")(), notes()) == (2, [4, 4, -4])


def test_what_nobody_has_is_named(session):
    tracker = session.add_ir(module("f"), name="mine")
    tracker.add_action("nobody_has_this")
    with pytest.raises(UndefinedSymbolsError, match=r"(?s)nobody_has_this.*an action of mine"):
        session.lookup("f")


def test_after_the_first_lookup_it_is_too_late(session):
    tracker = session.add_ir(module("f"), name="mine")
    session.lookup("f")
    with pytest.raises(LinkError, match="mine is live: an action is added before it is looked up"):
        tracker.add_action("f")


@pytest.mark.parametrize(
    ("error", "given"),
    [
        (SignatureError, {}),
        (SignatureError, {"finalize": 1.5}),
        (SignatureError, {"finalize": "f", "arguments": "f"}),
        (SignatureError, {"finalize": "f", "arguments": [1, 2, 3, 4, 5]}),
        (SignatureError, {"finalize": "f", "arguments": [None]}),
        (ArgumentRangeError, {"finalize": "f", "arguments": [1 << 64]}),
        (ArgumentRangeError, {"dealloc": -1}),
    ],
)
def test_what_is_no_action_is_refused_at_once(session, error, given):
    tracker = session.add_ir(module("f"))
    with pytest.raises(error):
        tracker.add_action(**given)
    assert session.function("f")() == 1


def test_a_new_version_runs_its_own_functions_and_the_old_one_its_own(session, notes):
    def version(number):
        return f"""
        declare i64 @note(i64)
        define i64 @f() {{ ret i64 {number} }}
        define i64 @begin(i64 %x) {{ %y = add i64 %x, {number}  %r = call i64 @note(i64 %y)  ret i64 0 }}
        define i64 @end(i64 %x) {{ %y = add i64 %x, {number}  %z = sub i64 0, %y  %r = call i64 @note(i64 %z)  ret i64 0 }}
        """

    tracker = session.add_ir(version(1), replaceable=True)
    tracker.add_action("begin", "end", arguments=[10])
    session.lookup("f")
    session.replace_ir(tracker, version(2))
    assert notes() == [11, 12, -11]
    tracker.remove()
    assert notes() == [11, 12, -11, -12]
