"""From IR to a result out of another process, through the public names."""

import ctypes
import os

import pytest
from exclave.controller import (
    CompileError,
    DuplicateSymbolsError,
    ExclaveError,
    ExecutorAddr,
    SessionClosedError,
    SignatureError,
    UndefinedSymbolsError,
)

ADD = "define i32 @add(i32 %a, i32 %b) {\n  %c = add i32 %a, %b\n  ret i32 %c\n}\n"


def test_types_come_from_the_ir(session):
    session.add_ir(ADD)
    add = session.function("add")
    assert add(40, 2) == 42
    assert add(-50, 8) == -42


def test_it_runs_in_another_process(session):
    session.add_ir("declare i32 @getpid()\ndefine i32 @who() {\n  %p = call i32 @getpid()\n  ret i32 %p\n}\n")
    assert session.function("who")() not in (0, os.getpid())


def test_types_given_as_ir_names_and_ctypes_types(session):
    session.add_ir(
        "define double @mix(i64 %a, double %b, ptr %p) {\n  %x = sitofp i64 %a to double\n  %i = ptrtoint ptr %p to i64\n"
        "  %y = sitofp i64 %i to double\n  %s = fadd double %x, %b\n  %t = fadd double %s, %y\n  ret double %t\n}\n"
    )
    by_name = session.function("mix", restype="f64", argtypes=["i64", "f64", "ptr"])
    by_ctypes = session.function(
        "mix", restype=ctypes.c_double, argtypes=[ctypes.c_int64, ctypes.c_double, ctypes.c_void_p]
    )
    assert by_name(1, 2.5, 4) == by_ctypes(1, 2.5, 4) == by_name(1, 2.5, ExecutorAddr(4)) == 7.5
    assert by_name(1, 2.5, None) == 3.5


def test_libc_and_libm_are_further_than_a_branch_reaches_and_still_called(session):
    session.add_ir(
        'declare double @cos(double)\ndeclare i64 @strlen(ptr)\n@s = constant [6 x i8] c"hello\\00"\n'
        "define double @f(double %x) {\n  %c = call double @cos(double %x)\n  %n = call i64 @strlen(ptr @s)\n"
        "  %d = sitofp i64 %n to double\n  %r = fadd double %c, %d\n  ret double %r\n}\n"
    )
    assert session.function("f")(0.0) == 6.0


def test_llvmlite_modules_and_bitcode(session):
    from llvmlite import binding, ir

    module = ir.Module(name="built")
    function = ir.Function(module, ir.FunctionType(ir.IntType(64), [ir.IntType(64)]), "square")
    builder = ir.IRBuilder(function.append_basic_block())
    builder.ret(builder.mul(function.args[0], function.args[0]))
    session.add_ir(module)
    assert session.function("square")(12) == 144

    parsed = binding.parse_assembly(ADD.replace("@add", "@add_ref"))
    session.add_ir(parsed)
    assert session.function("add_ref")(1, 2) == 3

    bitcode = binding.parse_assembly(ADD.replace("@add", "@add_bitcode")).as_bitcode()
    session.add_bitcode(bitcode)
    assert session.function("add_bitcode")(3, 4) == 7


def test_modules_refer_to_each_other_in_any_order(session):
    session.add_ir(
        "declare i32 @inner(i32)\ndefine i32 @outer(i32 %x) {\n  %y = call i32 @inner(i32 %x)\n  ret i32 %y\n}\n"
    )
    session.add_ir(
        "@step = global i32 5\ndefine i32 @inner(i32 %x) {\n  %s = load i32, ptr @step\n  %y = add i32 %x, %s\n  ret i32 %y\n}\n"
    )
    assert session.function("outer")(1) == 6


def test_lookup_of_one_of_many_and_of_the_process(session):
    session.add_ir(ADD + "@table = global [4 x i32] [i32 1, i32 2, i32 3, i32 4]\n")
    address = session.lookup("add")
    assert isinstance(address, ExecutorAddr)
    found = session.lookup(["add", "table", "malloc"])
    assert set(found) == {"add", "table", "malloc"}
    assert found["add"] == address
    assert session.read_memory(found["table"], 16) == bytes([1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0])


def test_memory_is_written_and_seen_by_the_code(session):
    session.add_ir("@cell = global i64 1\ndefine i64 @get() {\n  %v = load i64, ptr @cell\n  ret i64 %v\n}\n")
    get = session.function("get")
    assert get() == 1
    session.write_memory(session.lookup("cell"), (77).to_bytes(8, "little"))
    assert get() == 77


def test_one_lookup_is_one_initialize_however_many_modules(session):
    for i in range(50):
        callee = f"@f{i + 1}" if i < 49 else None
        declare = f"declare i32 {callee}(i32)\n" if callee else ""
        body = f"  %y = call i32 {callee}(i32 %x)\n  %z = add i32 %y, 1\n  ret i32 %z\n" if callee else "  ret i32 %x\n"
        session.add_ir(f"{declare}define i32 @f{i}(i32 %x) {{\n{body}}}\n")
    before = session.account.finalize_rpcs
    f = session.function("f0")
    assert session.account.finalize_rpcs == before + 1
    assert f(100) == 149


def test_on_finalized_runs_without_the_lock_and_may_look_up_again(session):
    seen = []

    def callback(batch):
        seen.append(sorted(batch.symbols))
        if len(seen) == 1:
            session.add_ir("define i32 @later() {\n  ret i32 9\n}\n")
            session.lookup("later")

    session.on_finalized(callback)
    session.add_ir(ADD)
    session.lookup("add")
    assert seen == [["add"], ["later"]]


def test_a_callback_that_raises_does_not_stop_the_rest(session, capsys):
    seen = []

    def broken(_batch):
        raise RuntimeError("mine")

    session.on_finalized(broken)
    session.on_finalized(seen.append)
    session.add_ir(ADD)
    session.lookup("add")
    assert len(seen) == 1
    assert "RuntimeError: mine" in capsys.readouterr().err


def test_initializers_run_before_the_first_call_and_finalizers_at_close(executor):
    with executor.session() as session:
        session.add_ir(
            """
@flag = global i32 0
@text = constant [10 x i8] c"finalized\\00"
@llvm.global_ctors = appending global [1 x { i32, ptr, ptr }] [{ i32, ptr, ptr } { i32 65535, ptr @init, ptr null }]
@llvm.global_dtors = appending global [1 x { i32, ptr, ptr }] [{ i32, ptr, ptr } { i32 65535, ptr @fini, ptr null }]
declare i32 @puts(ptr)
define internal void @init() {
  store i32 5, ptr @flag
  ret void
}
define internal void @fini() {
  %r = call i32 @puts(ptr @text)
  ret void
}
define i32 @get() {
  %v = load i32, ptr @flag
  ret i32 %v
}
"""
        )
        assert session.function("get")() == 5
        assert session.stdout == ""
    assert session.stdout == "finalized\n"


def test_removal_frees_the_name_and_the_memory(session):
    tracker = session.add_ir(ADD)
    first = session.lookup("add")
    tracker.remove()
    tracker.remove()
    with pytest.raises(UndefinedSymbolsError):
        session.lookup("add")
    session.add_ir(ADD.replace("add i32", "sub i32"))
    assert session.lookup("add") == first
    assert session.function("add")(5, 3) == 2


# -- mistakes ---------------------------------------------------------------------------------------------------


def test_broken_ir_names_the_line_and_the_session_goes_on(session):
    with pytest.raises(CompileError) as caught:
        session.add_ir("define i32 @f() {\n  ret i64 1\n}\n", name="mine.ll")
    assert caught.value.line == 2
    assert "mine.ll" in str(caught.value)
    session.add_ir(ADD)
    assert session.function("add")(1, 1) == 2


def test_undefined_symbols_are_all_listed_with_who_refers_to_them_and_nothing_remains(session):
    session.add_ir(
        "declare void @nowhere()\ndeclare void @neither()\ndefine void @caller() {\n  call void @nowhere()\n"
        "  call void @neither()\n  ret void\n}\n"
    )
    before = session.account.finalize_rpcs
    with pytest.raises(UndefinedSymbolsError) as caught:
        session.lookup("caller")
    assert caught.value.symbols == ("neither", "nowhere")
    assert caught.value.referrers["nowhere"] == ("caller",)
    assert session.account.finalize_rpcs == before
    session.add_ir("define void @nowhere() {\n  ret void\n}\ndefine void @neither() {\n  ret void\n}\n")
    session.function("caller")()


def test_what_is_asked_for_and_not_there(session):
    with pytest.raises(UndefinedSymbolsError) as caught:
        session.lookup(["no_such_function", "malloc", "nor_this"])
    assert caught.value.symbols == ("no_such_function", "nor_this")


def test_duplicates_are_refused_when_added(session):
    session.add_ir(ADD, name="first")
    with pytest.raises(DuplicateSymbolsError) as caught:
        session.add_ir(ADD, name="second")
    assert caught.value.definitions == {"add": ("first", "second")}
    assert session.function("add")(2, 2) == 4


def test_wrong_arguments_are_refused_before_anything_is_sent(session):
    session.add_ir(ADD)
    add = session.function("add")
    calls = session.account.calls
    with pytest.raises(TypeError):
        add(1)
    with pytest.raises(TypeError):
        add(1, "2")
    with pytest.raises(TypeError):
        add(1, 2.0)
    with pytest.raises(OverflowError):
        add(1, 1 << 32)
    assert session.account.calls == calls


@pytest.mark.parametrize(("restype", "argtypes"), [("i33x", []), ("i32", ["nonsense"]), ("i32", [object()])])
def test_types_that_are_none(session, restype, argtypes):
    session.add_ir(ADD)
    with pytest.raises(SignatureError):
        session.function("add", restype=restype, argtypes=argtypes)


def test_a_closed_session_says_so(executor):
    session = executor.session()
    session.add_ir(ADD)
    add = session.function("add")
    session.close()
    session.close()
    for use in (lambda: add(1, 2), lambda: session.lookup("add"), lambda: session.add_ir(ADD)):
        with pytest.raises(SessionClosedError):
            use()


def test_memory_outside_the_session_is_refused_and_the_session_goes_on(session):
    for address in (0, 0x1000, (1 << 64) - 8, session.lookup("malloc")):
        with pytest.raises(ExclaveError):
            session.read_memory(address, 8)
    session.add_ir(ADD)
    with pytest.raises(ExclaveError):
        session.write_memory(session.lookup("add"), b"\xcc")
    assert session.function("add")(1, 2) == 3
