"""Replacing code under its callers: addresses stay, all or nothing, each version's initializers are its own."""

import struct

import pytest
from exclave.controller import (
    CompileError,
    DuplicateSymbolsError,
    LinkError,
    SignatureError,
    UndefinedSymbolsError,
)
from support_replace import CALLER, version


@pytest.fixture(scope="module")
def executor(executor_here_and_afar):
    return executor_here_and_afar


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


def test_of_what_cannot_be_replaced(session, executor):
    plain = session.add_ir("define i64 @g() { ret i64 1 }")
    with executor.session() as other:
        foreign = other.add_ir(version(1), replaceable=True)
        for wrong in (plain, foreign, None, "f"):
            with pytest.raises(SignatureError, match="replacing takes what add_ir"):
                session.replace_ir(wrong, version(2))


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
