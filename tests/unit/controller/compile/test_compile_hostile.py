"""Modules, targets and ends that nobody wants: each is one CompileError, and the next compile works."""

import contextlib
import os
import resource
import subprocess
import sys
import threading
import time

import pytest
from exclave.controller.compile import CompilePool, CompileRequest, Target, module_source
from exclave.controller.errors import CompileError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

TARGET = Target("x86_64-unknown-linux-gnu", "x86-64-v2", "")
GOOD = "define i32 @f(i32 %x) {\n  %y = add i32 %x, 1\n  ret i32 %y\n}\n"
# LLVM's instruction selection takes minutes for this; its parser does not.
ENDLESS = (
    "define i64 @f(i64 %x) {\n  %v0 = mul i64 %x, %x\n"
    + "".join(f"  %v{i + 1} = mul i64 %v{i}, %v{i // 2}\n" for i in range(60_000))
    + "  ret i64 %v60000\n}\n"
)
SECONDS = 30.0


@pytest.fixture(scope="module")
def pool():
    pool = CompilePool(workers=2, deadline=SECONDS)
    yield pool
    pool.close()


def compile_text(pool, text, target=TARGET, opt=2, name="test.ll"):
    return pool.compile([CompileRequest(module_source(text, name), target, opt)])[0]


def assert_refused(pool, words, text, **options):
    with pytest.raises(CompileError, match=words) as caught:
        compile_text(pool, text, **options)
    assert caught.value.module == options.get("name", "test.ll")
    assert compile_text(pool, GOOD).startswith(b"\x7fELF")
    return caught.value


def wait_until_gone(pid):
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        os.sched_yield()
    pytest.fail(f"process {pid} is still there")


# -- the text ------------------------------------------------------------------------------------------------------


def test_the_offending_line_is_shown(pool):
    error = assert_refused(pool, r"mine\.ll:2: error: ", "define i32 @f() {\n  ret i64 1\n}\n", name="mine.ll")
    assert "\n  ret i64 1\n" in str(error)
    assert error.line == 2
    assert "<string>" not in str(error)
    assert error.llvm_message.startswith("LLVM IR parsing error")


def test_errors_of_verification(pool):
    text = "define i32 @f(i1 %c) {\n  br i1 %c, label %a, label %b\na:\n  %x = add i32 1, 2\n  br label %b\nb:\n  ret i32 %x\n}"
    assert "%x = add i32 1, 2" in str(assert_refused(pool, "does not dominate all uses", text))


@pytest.mark.parametrize(("byte", "line"), [(b"\0", 2), (b"\xff", 2)])
def test_what_llvm_would_silently_cut_off_is_refused(pool, byte, line):
    with pytest.raises(CompileError, match=r"test.ll:2: .*offset 11") as caught:
        pool.scan(module_source(b"; comment\n".decode() + f" {byte.decode(errors='surrogateescape')} x", "test.ll"))
    assert caught.value.line == line


def test_a_parser_that_runs_out_of_stack(pool):
    nested = "[1 x " * 200_000 + "i8" + "]" * 200_000
    error = assert_refused(
        pool, r"LLVM died of SIGSEGV \(Segmentation fault\)", f"@g = global {nested} zeroinitializer"
    )
    assert len(str(error)) < 20_000


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.one_of(st.text(max_size=80), st.lists(st.sampled_from(
    ["define", "i32", "@f", "(", ")", "{", "}", "ret", "void", "%x", "global", "=", "declare", "!0", '"', "\n", "1", "asm"]
), max_size=20).map(" ".join)))  # fmt: skip
def test_noise_as_text_is_a_compile_error_or_a_module(pool, text):
    with contextlib.suppress(CompileError):
        pool.scan(module_source(text, "noise"))


@settings(max_examples=25, deadline=None)
@given(
    flips=st.lists(st.tuples(st.integers(4, 10_000), st.integers(0, 255)), min_size=1, max_size=4),
    cut=st.integers(0, 3),
)
def test_damaged_bitcode_is_a_compile_error_or_a_module(pool, bitcode, flips, cut):
    damaged = bytearray(bitcode)
    for place, value in flips:
        damaged[4 + place % (len(damaged) - 4)] = value
    if cut == 0:
        del damaged[len(damaged) // 2 :]
    with contextlib.suppress(CompileError):
        pool.scan(module_source(bytes(damaged), "damaged"))


@pytest.fixture(scope="module")
def bitcode():
    """Bitcode of GOOD, made elsewhere: this process stays without llvmlite."""
    code = "import sys, llvmlite.binding as b; sys.stdout.buffer.write(b.parse_assembly(sys.argv[1]).as_bitcode())"
    return subprocess.run([sys.executable, "-c", code, GOOD], capture_output=True, check=True).stdout


def test_bitcode(pool, bitcode):
    interface = pool.scan(module_source(bitcode, "m.bc"))
    assert [(s.name, str(s.signature)) for s in interface.definitions] == [("f", "i32 (i32)")]
    assert pool.compile([CompileRequest(module_source(bitcode, "m.bc"), TARGET)])[0].startswith(b"\x7fELF")


def test_this_process_never_imports_llvmlite(pool):
    code = (
        "import sys\nfrom exclave.controller.compile import CompilePool, module_source\npool = CompilePool(1)\n"
        "pool.scan(module_source('define void @f() { ret void }', 'm'))\npool.close()\n"
        "assert not [name for name in sys.modules if name.startswith('llvmlite')]"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_llvmlites_own_modules_are_sources(pool):
    code = (
        "import llvmlite.ir as ir, llvmlite.binding as b\n"
        "from exclave.controller.compile import CompilePool, CompileRequest, Target, module_source\n"
        "m = ir.Module('m'); i32 = ir.IntType(32)\n"
        "f = ir.Function(m, ir.FunctionType(i32, [i32]), 'f')\n"
        "ir.IRBuilder(f.append_basic_block()).ret(f.args[0])\n"
        "pool = CompilePool(1); T = Target('x86_64-unknown-linux-gnu', 'x86-64', '')\n"
        "for module in (m, b.parse_assembly(str(m))):\n"
        "    source = module_source(module, 'm')\n"
        "    assert [s.name for s in pool.scan(source).definitions] == ['f']\n"
        "    assert pool.compile([CompileRequest(source, T)])[0][:4] == b'\\x7fELF'\n"
        "pool.close()\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# -- what a module says of itself ------------------------------------------------------------------------------------


def test_names_types_and_aliases_as_the_object_will_have_them(pool):
    text = """
%struct.alias = type { i32, i32 }
@"quoted \\22name\\22" = global i32 1
@"\\01plain" = global %struct.alias zeroinitializer
@"to a function" = weak hidden alias i32 (i32, ptr), ptr @f
@to_the_middle = alias i8, getelementptr (i8, ptr @"\\01plain", i64 4)
@local = internal alias i32, ptr @"\\01plain"
@text = constant [9 x i8] c"= alias \\00"
define i32 @f(i32 %x, ptr %p) { ret i32 0 }
define zeroext i8 @unsigned(i8 zeroext %x, i16 signext %y, i1 zeroext %z) nounwind { ret i8 0 }
define void @by_value(ptr byval({ i64, i64 }) %x) { ret void }
define void @struct_result(ptr sret({ i64, i64 }) %x) { ret void }
define void @wide(i128 %x, <4 x float> %y) { ret void }
define ptr @pointers(ptr noundef nonnull %x, double %y) { ret ptr %x }
"""
    found = {s.name: (s.linkage, s.kind, s.hidden, s.signature and str(s.signature))
             for s in pool.scan(module_source(text, "m")).definitions}  # fmt: skip
    assert found == {
        'quoted "name"': ("strong", "variable", False, None),
        "plain": ("strong", "variable", False, None),
        "to a function": ("weak", "function", True, "i32 (i32, ptr)"),
        "to_the_middle": ("strong", "variable", False, None),
        "text": ("strong", "variable", False, None),
        "f": ("strong", "function", False, "i32 (i32, ptr)"),
        "unsigned": ("strong", "function", False, "u8 (u8, i16, i1)"),
        "by_value": ("strong", "function", False, None),
        "struct_result": ("strong", "function", False, None),
        "wide": ("strong", "function", False, None),
        "pointers": ("strong", "function", False, "ptr (ptr, f64)"),
    }


@pytest.mark.parametrize(
    ("layout", "wrong"),
    [
        ("e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-f80:128-n8:16:32:64-S128", None),
        ("e-m:e-i64:64-f80:128-n8:16:32:64-S128", None),
        ("e", None),
        ("e-p:64:64", None),
        ("E", "E"),
        ("e-p:32:32", "p:32:32"),
        ("e-m:o-i64:64", "m:o"),
        ("e-i64:32", "i64:32"),
        ("e-S64", "S64"),
    ],
)
def test_data_layouts_that_contradict_the_executors_are_refused(pool, layout, wrong):
    text = f'target datalayout = "{layout}"\n{GOOD}'
    if wrong is None:
        compile_text(pool, text)
    else:
        assert_refused(pool, f"data layout says {wrong}, the executor's", text)


@pytest.mark.parametrize("layout", ["nonsense", "e-p:x"])
def test_data_layouts_that_are_none(pool, layout):
    assert_refused(pool, "test.ll:", f'target datalayout = "{layout}"\n{GOOD}')


# -- targets ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (Target(TARGET.triple, "x86-64-v2", "+sse2,+warp-drive,-flux"), "warp-drive"),
        (Target("aarch64-unknown-linux-gnu", "m68040", ""), "'m68040' is not a recognized processor"),
        (Target("pdp11-unknown-none", "", ""), "pdp11"),
        (Target("", "", ""), "test.ll: "),
    ],
)
def test_targets_that_llvm_does_not_know(pool, target, words):
    assert_refused(pool, words, GOOD, target=target)


def test_an_optimization_level_that_is_none(pool):
    assert_refused(pool, "LLVM has 0 to 3", GOOD, opt=4)


@pytest.mark.parametrize("opt", [0, 1, 2, 3])
def test_optimization_levels(pool, opt):
    loop = (
        "define i64 @f(i64 %n) {\nentry:\n  br label %l\nl:\n  %i = phi i64 [0, %entry], [%j, %l]\n"
        "  %j = add i64 %i, 1\n  %c = icmp ult i64 %j, 100\n  br i1 %c, label %l, label %e\ne:\n  ret i64 %j\n}\n"
    )
    folded = b"\xb8\x64\x00\x00\x00\xc3" in compile_text(pool, loop, opt=opt)  # mov eax, 100; ret
    assert folded == (opt > 0)


def test_riscv_objects_pass_doubles_in_registers(pool):
    data = compile_text(pool, GOOD, target=Target("riscv64-unknown-linux-gnu", "generic-rv64", "+a,+c,+d,+f,+m"))
    assert int.from_bytes(data[48:52], "little") & 6 == 4  # e_flags: EF_RISCV_FLOAT_ABI_DOUBLE


def test_assembly_for_another_machine_than_this(pool):
    text = 'define void @f() {\n  call void asm "nop", ""()\n  ret void\n}\n'
    assert_refused(pool, "asm", text, target=Target("aarch64-unknown-linux-gnu", "generic", ""))


# -- determinism -----------------------------------------------------------------------------------------------------


def test_what_a_worker_saw_before_does_not_show_in_an_object():
    text = (
        "%T = type { i32, i64 }\n@g = global %T zeroinitializer\n@h = linkonce_odr global i32 1\n"
        "declare void @unused(%T)\ndefine ptr @f() { ret ptr @g }\n"
    )
    fresh, used = CompilePool(workers=1), CompilePool(workers=1)
    try:
        for other in (text.replace("i64", "i8"), text + "; other", GOOD):
            used.scan(module_source(other, "other"))
            compile_text(used, other, opt=0)
        used.scan(module_source(text, "m"))
        assert compile_text(fresh, text) == compile_text(used, text) == compile_text(used, text, name="another name")
    finally:
        fresh.close()
        used.close()


def test_an_error_says_nothing_of_earlier_requests(pool):
    with pytest.raises(CompileError, match="warp-drive"):
        compile_text(pool, GOOD, target=Target(TARGET.triple, "", "+warp-drive"))
    error = assert_refused(pool, "bogus", 'define void @f() {\n  call void asm "bogus", ""()\n  ret void\n}\n')
    assert "warp-drive" not in str(error)


# -- ends ------------------------------------------------------------------------------------------------------------


def test_a_compile_that_needs_too_much_memory():
    pool = CompilePool(workers=1, memory=1 << 30, deadline=SECONDS)
    try:
        text = '@g = global [3000000000 x i8] zeroinitializer, section ".mine"\n'
        assert_refused(pool, "test.ll: compiling it, LLVM|memory", text)
    finally:
        pool.close()


def test_a_large_module_goes_through_the_pipe(pool):
    compile_text(pool, "; a comment as large as a book\n" * 100_000 + GOOD)


def test_descriptors_above_1024(pool):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 1200:
        pytest.skip("at most 1024 descriptors here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 1200), hard))
    with contextlib.ExitStack() as stack:
        for _ in range(1100):
            stack.callback(os.close, os.open("/dev/null", os.O_RDONLY))
        fresh = CompilePool(workers=1)
        stack.callback(fresh.close)
        compile_text(fresh, GOOD)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_worker_that_died_with_nothing_to_do_is_nobodys_error():
    pool = CompilePool(workers=1)
    try:
        compile_text(pool, GOOD)
        pool._idle[0].kill()
        compile_text(pool, GOOD)
    finally:
        pool.close()


def test_closing_ends_a_compile_that_is_under_way():
    pool, caught = CompilePool(workers=1), []

    def work():
        try:
            compile_text(pool, ENDLESS)
        except CompileError as error:
            caught.append(str(error))

    thread = threading.Thread(target=work)
    thread.start()
    while not pool._busy:
        os.sched_yield()
    pid = next(iter(pool._busy)).pid
    pool.close()
    thread.join(SECONDS)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert caught == ["test.ll: compiling it, the compile workers were closed"]


@pytest.mark.parametrize("forked", [False, True], ids=["alone", "with a forked child that holds the pipes"])
def test_workers_end_with_their_controller_even_in_the_middle_of_a_compile(forked):
    reader, writer = os.pipe()
    code = f"""
import os, sys, threading
from exclave.controller.compile import CompilePool, CompileRequest, Target, module_source
pool = CompilePool(workers=1)
source = module_source(sys.stdin.read(), "endless")
threading.Thread(target=lambda: pool.compile([CompileRequest(source, Target{tuple(vars(TARGET).values())})])).start()
while not pool._busy:
    os.sched_yield()
child = os.fork() if {forked} else 0
if {forked} and not child:
    sys.stdout.close(); os.close(1); os.close(2)
    os.read({reader}, 1)  # until the test closes its end
    os._exit(0)
print(next(iter(pool._busy)).pid, flush=True)
os.kill(os.getpid(), 9)
"""
    try:
        process = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", code],
            input=ENDLESS,
            stdout=subprocess.PIPE,
            text=True,
            pass_fds=[reader],
        )
        wait_until_gone(int(process.stdout))
    finally:
        os.close(writer)
        os.close(reader)
