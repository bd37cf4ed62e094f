"""Arguments that nobody should give: each is an error of the hierarchy, before anything is sent, and the session lives."""

import array
import math
import threading

import numpy as np
import pytest
from exclave.controller import (
    ArgumentRangeError,
    CompileError,
    ExclaveError,
    ExecutorUnreachableError,
    LinkError,
    SignatureError,
    UndefinedSymbolsError,
    connect,
)
from support_elf import ALLOC, WRITE, ObjectBuilder
from support_tools import require_tool

IR = """
%pair = type { i32, i32 }
@variable = global i64 5
define i64 @twice(i64 %x) { %y = shl i64 %x, 1  ret i64 %y }
define double @half(double %x) { %y = fdiv double %x, 2.0  ret double %y }
define %pair @pair(i32 %a) { ret %pair zeroinitializer }
define i128 @wide(i128 %a) { ret i128 %a }
define <4 x i32> @vector() { ret <4 x i32> zeroinitializer }
define i32 @variadic(i32 %n, ...) { ret i32 %n }
define void @by_value(ptr byval(%pair) %p) { ret void }
define i32 @main(i32 %c, ptr %v) { ret i32 %c }
"""
HUGE = 10**5000


@pytest.fixture
def session(executor):
    with executor.session() as opened:
        opened.add_ir(IR)
        yield opened


def data_address(session):
    return session.lookup("variable")


BAD = {
    "argument": (ArgumentRangeError, lambda s: s.function("twice")(HUGE)),
    "float argument": (ArgumentRangeError, lambda s: s.function("half")(-HUGE)),
    "bitcode is text": (SignatureError, lambda s: s.add_bitcode("text")),
    "bitcode is none": (SignatureError, lambda s: s.add_bitcode(None)),
    "bitcode is a size": (SignatureError, lambda s: s.add_bitcode(5)),
    "bitcode is a list": (SignatureError, lambda s: s.add_bitcode([66, 67])),
    "IR with half a character": (CompileError, lambda s: s.add_ir("; \ud800")),
    "IR is none": (CompileError, lambda s: s.add_ir(None)),
    "IR's name": (SignatureError, lambda s: s.add_ir("", name=5)),
    "optimize is text": (SignatureError, lambda s: s.add_ir("", optimize="2")),
    "optimize": (SignatureError, lambda s: s.add_ir("", optimize=HUGE)),
    "object is a number": (SignatureError, lambda s: s.add_object(5)),
    "object is none": (SignatureError, lambda s: s.add_object(None)),
    "object is a list": (SignatureError, lambda s: s.add_object([1])),
    "object is an array": (SignatureError, lambda s: s.add_object(array.array("B", b"\x7fELF"))),
    "object's path": (LinkError, lambda s: s.add_object("a\0b")),
    "object's path in no encoding": (LinkError, lambda s: s.add_object("\ud800")),
    "object's path is a folder": (LinkError, lambda s: s.add_object("/")),
    "archive is none": (SignatureError, lambda s: s.add_archive(None)),
    "archive's path": (LinkError, lambda s: s.add_archive("a\0b")),
    "lookup of none": (SignatureError, lambda s: s.lookup(None)),
    "lookup of numbers": (SignatureError, lambda s: s.lookup([5])),
    "lookup of bytes": (SignatureError, lambda s: s.lookup(b"f")),
    "lookup of half a character": (UndefinedSymbolsError, lambda s: s.lookup("\ud800")),
    "function of none": (SignatureError, lambda s: s.function(None)),
    "function's types": (SignatureError, lambda s: s.function("twice", HUGE, [])),
    "define a number": (SignatureError, lambda s: s.define(5, 5)),
    "define at a large one": (SignatureError, lambda s: s.define("x", HUGE)),
    "main of numbers": (SignatureError, lambda s: s.run_main([1])),
    "main of none": (SignatureError, lambda s: s.run_main(None)),
    "main of half a character": (SignatureError, lambda s: s.run_main(["\ud800"])),
    "main of text": (SignatureError, lambda s: s.run_main("prog")),
    "main in no time": (SignatureError, lambda s: s.run_main(timeout=0)),
    "main in less": (SignatureError, lambda s: s.run_main(timeout=-1.5)),
    "call in no time": (SignatureError, lambda s: s.function("twice")(1, timeout=0)),
    "call in less": (SignatureError, lambda s: s.function("twice")(1, timeout=-HUGE)),
    "write text": (SignatureError, lambda s: s.write_memory(data_address(s), "abc")),
    "write to text": (SignatureError, lambda s: s.write_memory("a", b"abc")),
    "read a large size": (SignatureError, lambda s: s.read_memory(data_address(s), HUGE)),
    "read at none": (SignatureError, lambda s: s.read_memory(None, 4)),
    "callback": (SignatureError, lambda s: s.on_finalized(HUGE)),
}


@pytest.mark.parametrize(("kind", "use"), BAD.values(), ids=BAD)
def test_what_makes_no_sense_is_told_and_changes_nothing(session, kind, use):
    with pytest.raises(kind) as caught:
        use(session)
    assert isinstance(caught.value, ExclaveError)
    assert str(caught.value)
    assert session.function("twice")(21) == 42


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (SignatureError, {"stdout": 5}),
        (SignatureError, {"stderr": "file"}),
        (ArgumentRangeError, {"reservation": -1}),
        (ArgumentRangeError, {"reservation": 1 << 64}),
        (SignatureError, {"reservation": "x"}),
        (SignatureError, {"reservation": 1.5}),
    ],
)
def test_sessions_that_cannot_be(executor, kind, options):
    with pytest.raises(kind):
        executor.session(**options)


@pytest.mark.parametrize("options", [{"address": 5}, {"timeout": -1}, {"timeout": "soon"}, {"timeout": math.nan}])
def test_connections_that_cannot_be(options):
    with pytest.raises(SignatureError):
        connect(**options)


def test_numpys_integers_are_integers(session):
    address = np.uint64(data_address(session))
    assert session.read_memory(address, np.uint8(8)) == (5).to_bytes(8, "little")
    session.write_memory(address, np.array([7], "<i8"))
    assert session.read_memory(address, 8) == (7).to_bytes(8, "little")
    session.define("also", address)
    assert session.lookup("also") == int(address)
    with pytest.raises(SignatureError):
        session.define("beyond", np.int64(-1))


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("wide", "i128 (i128)"),
        ("by_value", "void (ptr)"),
    ],
)
def test_types_that_cannot_be_passed_are_told_as_the_ir_writes_them(session, name, written):
    for _ in range(2):  # before and after it is live
        with pytest.raises(SignatureError) as caught:
            session.function(name)
        assert str(caught.value).startswith(f"{name}: its types cannot be passed: {written} has ")
        assert "add a function in IR" in str(caught.value)
        session.lookup(name)


def test_who_has_no_types_is_told_why(session):
    with pytest.raises(SignatureError, match=r'variable is a variable, .*lookup\("variable"\)'):
        session.function("variable")
    with pytest.raises(SignatureError, match="does not come from IR: give them"):
        session.function("strlen")
    session.define("absolute", 5)
    with pytest.raises(SignatureError, match="does not come from IR: give them"):
        session.function("absolute")


def member(name, content):
    return (
        f"{name + '/':<16}{0:<12}{0:<6}{0:<6}{644:<8}{len(content):<10}`\n".encode()
        + content
        + b"\n" * (len(content) % 2)
    )


def test_an_archive_is_usable_without_the_members_that_are_not(session):
    bad, good = ObjectBuilder(), ObjectBuilder()
    bad.symbol("bad", bad.section(".tdata", bytes(8), ALLOC | WRITE | 0x400), type="tls")
    good.symbol("good", good.data(b"12345678"), 0, 8)
    caller = ObjectBuilder()
    caller.relocate(caller.data(), 0, 1, caller.symbol("bad"))
    caller.symbol("needs_bad", 1, 0, 8)
    contents = [("bad.o", bad.build()), ("good.o", good.build()), ("needs.o", caller.build()), ("README", b"no object")]
    archive = b"!<arch>\n" + b"".join(member(name, content) for name, content in contents)
    assert session.add_archive(archive, name="x.a") == ("x.a(bad.o)", "x.a(good.o)", "x.a(needs.o)")
    assert session.read_memory(session.lookup("good"), 8) == b"12345678"
    for _ in range(2):
        with pytest.raises(LinkError, match=r"x\.a\(bad\.o\): .*thread-local"):
            session.lookup("needs_bad")
    assert session.lookup("good")


def test_the_compilers_own_libraries_can_be_added(session):
    """They have members with thread-local storage, and groups that are called as a section."""
    import subprocess

    require_tool("gcc", "gcc")
    for library in ("libsupc++.a", "libstdc++.a", "libgcc.a"):
        path = subprocess.run(["gcc", f"-print-file-name={library}"], capture_output=True, text=True).stdout.strip()
        if path != library:  # else the compiler came without it
            assert session.add_archive(path)


def test_a_daemon_that_is_not_there_is_told_soon(tmp_path):
    for options in ({}, {"timeout": 0}, {"timeout": 0.1}):
        with pytest.raises(
            ExecutorUnreachableError, match=r"no such socket: start one with `exclave executor --listen"
        ):
            connect(f"unix:{tmp_path}/x.sock", **options)


def test_a_daemon_that_starts_meanwhile_is_reached(executor, tmp_path):
    found = []

    def dial():
        with connect(f"unix:{tmp_path}/x.sock", timeout=60) as late:
            found.append(late.capabilities.daemon_pid)

    thread = threading.Thread(target=dial)
    thread.start()
    (tmp_path / "x.sock").symlink_to(executor.address.path)
    thread.join(60)
    assert found == [executor.capabilities.daemon_pid]


def test_zero_seconds_reach_a_daemon_that_is_there(executor):
    with connect(str(executor.address), timeout=0) as same:
        assert same.capabilities.daemon_pid == executor.capabilities.daemon_pid
