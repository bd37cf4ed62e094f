"""What lives on around a replaceable module: who refers to its variables, its removal, and other workers."""

import os
import signal

import pytest
from exclave.controller import ExecutorCrash, InUseError, LinkError, UndefinedSymbolsError
from support_replace import CALLER, version


@pytest.fixture(scope="module")
def executor(executor_here_and_afar):
    return executor_here_and_afar


def die(session):
    os.kill(session.opened.worker_pid, signal.SIGKILL)
    with pytest.raises(ExecutorCrash):
        session.function("f")(0)


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
