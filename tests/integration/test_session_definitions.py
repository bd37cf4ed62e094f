"""Weak, COMMON and inline definitions in several units: one of them wins, for everybody, for good."""

from __future__ import annotations

import subprocess

import pytest
from exclave.controller import LinkError, UndefinedSymbolsError
from support_tools import require_tool

INLINE = (
    "define linkonce_odr i32 @shared() {{ ret i32 3 }}\ndefine i32 @{0}() {{ %r = call i32 @shared()  ret i32 %r }}"
)
STATIC = "inline int count(int x) {{ static int c; return c += x; }}\nint {0}(int x) {{ return count(x); }}"


@pytest.fixture
def compiled(tmp_path):
    """An object from C, C++ or assembly."""

    def compile_source(source, language="c", *flags):
        compiler = require_tool("g++") if language == "c++" else require_tool("gcc")
        path = tmp_path / "out.o"
        command = [compiler, "-x", language, "-O1", "-fPIC", *flags, "-c", "-o", str(path), "-"]
        subprocess.run(command, input=source.encode(), check=True)
        return path.read_bytes()

    return compile_source


@pytest.mark.parametrize("first", ["one", "two"])
def test_whichever_user_of_an_inline_function_comes_first(session, first):
    session.add_ir(INLINE.format("one"))
    session.add_ir(INLINE.format("two"))
    assert session.function(first)() == 3
    assert session.lookup("shared")
    assert session.function("one")() == session.function("two")() == 3
    session.add_ir(INLINE.format("three"))
    session.add_ir("declare i32 @shared()\ndefine i32 @user() { %r = call i32 @shared()  ret i32 %r }")
    assert session.function("three")() == session.function("user")() == 3


def test_a_static_of_an_inline_function_is_one_for_all(session, compiled):
    session.add_object(compiled(STATIC.format("a"), "c++"))
    session.add_object(compiled(STATIC.format("b"), "c++"))
    types = {"restype": "i32", "argtypes": ["i32"]}
    assert session.function("_Z1bi", **types)(1) == 1
    assert session.function("_Z1ai", **types)(2) == 3
    session.add_object(compiled(STATIC.format("d"), "c++"))
    assert session.function("_Z1di", **types)(4) == 7


def common(size, user):
    return f".comm shared,{size},8\n.globl {user}\n.text\n{user}: lea shared(%rip), %rax\nret\n"


@pytest.mark.parametrize("sizes", [(8, 64), (64, 8), (8, 8)])
@pytest.mark.parametrize("first", ["one", "two"])
def test_the_largest_common_symbol_is_taken(session, compiled, sizes, first):
    session.add_object(compiled(common(sizes[0], "one"), "assembler"))
    session.add_object(compiled(common(sizes[1], "two"), "assembler"))
    types = {"restype": "ptr", "argtypes": []}
    address = session.function(first, **types)()
    assert (
        address == session.lookup("shared") == session.function("one", **types)() == session.function("two", **types)()
    )
    session.add_ir("@shared = external global i64\ndefine ptr @user() { ret ptr @shared }")
    assert session.function("user")() == address


def test_weak_gives_way_to_common_and_common_to_strong(session, compiled):
    session.add_object(compiled(".weak shared\n.data\nshared: .quad 5\n.text\n.globl one\none: ret\n", "assembler"))
    session.add_object(compiled(common(64, "two"), "assembler"))
    session.add_object(compiled("long shared = 9; long three(void) { return shared; }"))
    assert session.function("three", restype="i64", argtypes=[])() == 9
    found = session.lookup(["one", "two", "shared"])
    assert session.read_memory(found["shared"], 8) == (9).to_bytes(8, "little")
    assert session.function("two", restype="ptr", argtypes=[])() == found["shared"]


def test_a_common_symbol_that_is_live_cannot_grow(session, compiled):
    session.add_object(compiled(common(8, "one"), "assembler"))
    session.lookup("one")
    session.add_object(compiled(common(64, "two"), "assembler"))
    with pytest.raises(LinkError, match=r"shared has 64 bytes here, but it is live with 8: add all objects"):
        session.lookup("two")
    session.add_object(compiled(common(8, "three"), "assembler"))
    assert session.function("three", restype="ptr", argtypes=[])() == session.lookup("shared")


def test_the_winner_and_the_losers_can_be_removed(session):
    trackers = [session.add_ir(INLINE.format(name)) for name in ("one", "two")]
    session.lookup("two")
    for tracker in trackers:
        tracker.remove()
    with pytest.raises(UndefinedSymbolsError, match="shared"):
        session.lookup("shared")
    session.add_ir(INLINE.format("one"))
    assert session.function("one")() == 3


def test_a_lookup_that_fails_leaves_nothing_live(session):
    batches = []
    session.on_finalized(batches.append)
    session.add_ir("define i32 @fine() { ret i32 1 }")
    tracker = session.add_ir("define available_externally i32 @gone() { ret i32 2 }\ndefine i32 @here() { ret i32 2 }")
    before = session.account.bytes
    with pytest.raises(UndefinedSymbolsError, match="gone"):
        session.lookup(["fine", "here", "gone"])
    assert (batches, session.account.bytes, tracker.live) == ([], before, False)
    assert session.function("fine")() == 1
