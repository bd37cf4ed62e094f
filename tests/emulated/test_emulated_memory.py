"""What lies in the zones and may be done with it: code that changes its place, protections, faults and their records."""

from __future__ import annotations

import re
import struct

import pytest
from exclave.controller import ExecutorCrash
from support_replace import CALLER, version


def test_versions_change_by_their_slots(session):
    tracker = session.add_ir(version(1), replaceable=True)
    session.add_ir(CALLER)
    session.add_ir(
        "declare i64 @f(i64)  @pointer = global ptr @f  define i64 @through(i64 %x) { %f = load ptr, ptr @pointer  %r = call i64 %f(i64 %x)  ret i64 %r }"
    )
    f, caller, through = map(session.function, ("f", "caller", "through"))
    place = session.lookup("f")
    for value in (1, 10, 100, 7):
        session.replace_ir(tracker, version(value))
        assert (f(1), caller(1), through(1)) == (value + 1,) * 3
    assert session.lookup("f") == place


def test_code_in_the_place_of_other_code_is_what_runs(session):
    """The processor has fetched what was there: it is told to forget that, by the architecture's means."""
    places = set()
    for value in range(5):
        tracker = session.add_ir(f"define i64 @here() {{ ret i64 {value} }}")
        assert session.function("here")() == value
        places.add(session.lookup("here"))
        tracker.remove()
    assert len(places) == 1


PROTECTED = """
@table = constant [2 x ptr] [ptr @write, ptr @read]
@number = global i64 5
define void @write(ptr %p) { store volatile i32 1, ptr %p  ret void }
define i64 @read(ptr %p) { %r = load volatile i64, ptr %p  ret i64 %r }
define void @jump(ptr %p) { call void %p()  ret void }
"""


@pytest.mark.parametrize(
    ("function", "name"), [("write", "write"), ("write", "table"), ("jump", "number"), ("jump", "table")]
)
def test_zones_are_protected(session, function, name):
    """Code is not written, read-only data neither, and what is no code is not executed."""
    session.add_ir(PROTECTED)
    place = session.lookup(name)
    assert session.function("read")(place) == struct.unpack("<q", session.read_memory(place, 8))[0]
    with pytest.raises(ExecutorCrash, match=rf"SIGSEGV .*{place}") as caught:
        session.function(function)(place)
    assert caught.value.signal == 11


SPLIT = (
    "compile/worker.py, _parse: IR text without a `target datalayout` is parsed with LLVM's default one, where i64 is "
    "aligned to 4, and gets the target's only afterwards: riscv64, which has no unaligned accesses, makes two of each"
)


def test_a_word_is_stored_in_one_piece(request, session, architecture):
    if architecture == "riscv64":
        request.applymarker(pytest.mark.xfail(strict=True, reason=SPLIT))
    session.add_ir("define void @write(ptr %p) { store volatile i64 1, ptr %p  ret void }  @constant = constant i64 5")
    place = session.lookup("constant")
    with pytest.raises(ExecutorCrash, match=rf"SIGSEGV .* to {place}: "):
        session.function("write")(place)


CRASHES = """
@last = global i64 0
@zero = global i64 0
declare void @llvm.trap()
declare void @llvm.debugtrap()
declare void @abort()
define void @traps() noinline { call void @llvm.trap()  ret void }
define void @breaks() noinline { call void @llvm.debugtrap()  ret void }
define void @aborts() noinline { call void @abort()  ret void }
define void @note() noinline uwtable { store volatile i64 1, ptr @last  ret void }
define void @outer(ptr %p) noinline uwtable { call void @inner(ptr %p)  call void @note()  ret void }
define void @inner(ptr %p) noinline uwtable { call void @note()  store volatile i32 7, ptr %p  call void @note()  ret void }
define void @above(ptr %p) noinline uwtable { call void @leaf(ptr %p)  call void @note()  ret void }
define void @leaf(ptr %p) noinline uwtable { store volatile i32 7, ptr %p  ret void }
"""


def crash(session, name, *arguments):
    session.add_ir(CRASHES)
    with pytest.raises(ExecutorCrash) as caught:
        session.function(name)(*arguments)
    return str(caught.value)


def test_a_fault_record_has_the_address_the_place_and_the_callers(session):
    text = crash(session, "outer", 0x40)
    assert re.search(r"SIGSEGV .*(write|access) to 0x40: null\+0x40", text)
    assert re.search(r"in inner\+\w+, of", text)
    assert re.search(r"most recent call first:\n  inner\S+\n  outer\S+(\n|$)", text)


LEAF = (
    "crash/unwinder.py, _apply: a leaf has its return address in a register and no frame (CFA == sp), which is refused"
)


def test_the_caller_of_a_leaf(request, session, architecture):
    if architecture != "x86_64":
        request.applymarker(pytest.mark.xfail(strict=True, reason=LEAF))
    text = crash(session, "above", 0x40)
    assert re.search(r"in leaf(\+\w+)?, of", text)
    assert re.search(r"most recent call first:\n  leaf\S*\n  above\S+(\n|$)", text)


RECURSE = """
define i64 @recurse(i64 %n) {
  %p = alloca [64 x i64]
  store volatile i64 %n, ptr %p
  %m = add i64 %n, 1
  %r = call i64 @recurse(i64 %m)
  %s = load volatile i64, ptr %p
  %t = add i64 %r, %s
  ret i64 %t
}
"""


def test_a_stack_that_runs_out(session):
    session.add_ir(RECURSE)
    with pytest.raises(ExecutorCrash, match=r"SIGSEGV[^\n]*\n  in recurse") as caught:
        session.function("recurse")(1)
    assert caught.value.signal == 11


SIGNALS = {
    "traps": {"x86_64": "SIGILL", "aarch64": "SIGTRAP", "riscv64": "SIGILL"},
    "breaks": dict.fromkeys(["x86_64", "aarch64", "riscv64"], "SIGTRAP"),
    "aborts": dict.fromkeys(["x86_64", "aarch64", "riscv64"], "SIGABRT"),
}


@pytest.mark.parametrize("name", SIGNALS)
def test_signals_of_other_kinds(session, architecture, name):
    assert SIGNALS[name][architecture] in crash(session, name)
