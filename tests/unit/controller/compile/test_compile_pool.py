"""Real compile workers, and all the ways in which LLVM ends its process."""

import os
import select
import signal
import threading

import pytest
from exclave.controller.compile import CompilePool, CompileRequest, Target, module_source
from exclave.controller.compile.cache import ObjectCache, object_key
from exclave.controller.compile.targets import RefusedError
from exclave.controller.compile.worker import emit_object
from exclave.controller.errors import CompileError

TARGET = Target("x86_64-unknown-linux-gnu", "x86-64-v2", "")
GOOD = "define i32 @f(i32 %x) {\n  %y = add i32 %x, 1\n  ret i32 %y\n}\n"
# LLVM's register allocator takes minutes for this; its parser does not.
ENDLESS = (
    "define i64 @f(i64 %x) {\n  %v0 = mul i64 %x, %x\n"
    + "".join(f"  %v{i + 1} = mul i64 %v{i}, %v{i // 2}\n" for i in range(60_000))
    + "  ret i64 %v60000\n}\n"
)


@pytest.fixture(scope="module")
def pool():
    pool = CompilePool(workers=2)
    yield pool
    pool.close()


def compile_text(pool, text, name="test.ll", target=TARGET, opt=2):
    return pool.compile([CompileRequest(module_source(text, name), target, opt)])[0]


def assert_still_works(pool):
    assert compile_text(pool, GOOD).startswith(b"\x7fELF")


def test_scan_tells_what_a_module_defines_and_needs(pool):
    interface = pool.scan(
        module_source(
            """
@variable = global i32 1
@common = common global i32 0
@internal = internal global i32 0
@alias = alias i32, ptr @variable
define i32 @strong(i64 %a, double %b, ptr %c) { ret i32 0 }
define linkonce_odr void @once() { ret void }
define weak hidden float @weak(i1 zeroext %a) { ret float 0.0 }
define internal void @local() { ret void }
define available_externally void @elsewhere() { ret void }

define void @variadic(i32 %n, ...) { ret void }
define { i32, i32 } @pair() { ret { i32, i32 } zeroinitializer }
declare void @needed()
define void @needs() { call void @needed() ret void }
declare void @unused()
declare extern_weak void @maybe()
@maybes = global ptr @maybe
declare void @llvm.trap()
""",
            "m",
        )
    )
    found = {s.name: (s.linkage, s.kind, s.hidden, s.signature and str(s.signature)) for s in interface.definitions}
    assert found == {
        "variable": ("strong", "variable", False, None),
        "common": ("common", "variable", False, None),
        "alias": ("strong", "variable", False, None),
        "strong": ("strong", "function", False, "i32 (i64, f64, ptr)"),
        "once": ("weak", "function", False, "void ()"),
        "weak": ("weak", "function", True, "f32 (i1)"),
        "variadic": ("strong", "function", False, "void (i32, ...)"),
        "pair": ("strong", "function", False, "{i32, i32} ()"),
        "needs": ("strong", "function", False, "void ()"),
        "maybes": ("strong", "variable", False, None),
    }
    types = {s.name: s.ir_type for s in interface.definitions if s.ir_type}
    assert types["pair"] == "{ i32, i32 } ()"
    assert types["variadic"] == "void (i32, ...)"
    assert set(types) == {name for name, facts in found.items() if facts[1] == "function"}
    assert set(interface.references) == {"needed", "elsewhere"}
    assert interface.weak_references == ("maybe",)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("define i32 @f() {\n  ret i64 1\n}\n", 2, "doesn't match"),
        ("garbage", 1, "expected top-level entity"),
        ("define void @f() {\n  call void @g()\n  ret void\n}\n", 2, "undefined value"),
        ("", None, None),
    ],
)
def test_errors_of_the_ir_have_llvms_message_and_the_line(pool, text, line, words):
    if words is None:
        assert pool.scan(module_source(text, "empty.ll")).definitions == ()
        return
    with pytest.raises(CompileError, match=words) as caught:
        pool.scan(module_source(text, "mine.ll"))
    assert caught.value.line == line
    assert str(caught.value).startswith(f"mine.ll:{line}: ")
    assert_still_works(pool)


@pytest.mark.parametrize(
    ("text", "target", "words"),
    [
        ('define void @f() {\n  call void asm "bogus", ""()\n  ret void\n}\n', TARGET, "invalid instruction mnemonic"),
        (
            "declare i64 @llvm.read_register.i64(metadata)\ndefine i64 @f() {\n  %r = call i64 @llvm.read_register.i64("
            'metadata !0)\n  ret i64 %r\n}\n!0 = !{!"nosuch"}\n',
            TARGET,
            "exit status 1",
        ),
        (
            "declare void @llvm.x86.sse2.pause()\ndefine void @f() {\n  call void @llvm.x86.sse2.pause()\n  ret void\n}\n",
            Target("aarch64-unknown-linux-gnu", "generic", ""),
            "test.ll: compiling it, LLVM",
        ),
    ],
)
def test_llvm_exits_and_aborts_are_compile_errors_and_the_next_compile_works(pool, text, target, words):
    with pytest.raises(CompileError, match=words) as caught:
        compile_text(pool, text, target=target)
    assert caught.value.module == "test.ll"
    assert_still_works(pool)


def test_an_endless_compile_is_ended():
    pool = CompilePool(workers=1, deadline=1.0)
    try:
        with pytest.raises(CompileError, match="still running after 1 s"):
            compile_text(pool, ENDLESS)
        assert_still_works(pool)
    finally:
        pool.close()


def test_a_killed_worker_is_replaced():
    pool = CompilePool(workers=1)
    try:
        pool.prestart()
        assert_still_works(pool)
        watch = os.pidfd_open(pool._idle[0].pid)
        os.kill(pool._idle[0].pid, signal.SIGKILL)
        assert select.select([watch], [], [], 10)[0], "it is dead before it is asked again"
        os.close(watch)
        assert_still_works(pool)
    finally:
        pool.close()


def test_bitcode_that_is_none(pool):
    with pytest.raises(CompileError, match="not LLVM bitcode"):
        module_source(b"nonsense", "m")
    with pytest.raises(CompileError):
        pool.scan(module_source(b"BC\xc0\xde" + os.urandom(64), "m"))
    assert_still_works(pool)


@pytest.mark.parametrize("module", [3, None, ["define"]])
def test_what_is_no_module(module):
    with pytest.raises(CompileError, match="IR text, an llvmlite module or bitcode"):
        module_source(module, "m")


def test_half_a_character_is_told_with_its_line():
    with pytest.raises(CompileError, match=r"^m:2: .*half a character") as caught:
        module_source("; first\n; \ud800\n", "m")
    assert caught.value.line == 2


def test_an_object_that_cannot_be_taken_says_what_makes_it_large():
    pool = CompilePool(workers=1, memory=1 << 30)
    try:
        with pytest.raises(CompileError, match=r"make the module's global variables smaller, and their `align`"):
            compile_text(pool, "@g = global i32 0, align 536870912\n", opt=0)
        assert_still_works(pool)
    finally:
        pool.close()


@pytest.mark.parametrize("error", [AssertionError(), SystemError("Negative size"), MemoryError()])
def test_whatever_llvmlite_says_when_it_cannot_hand_over_an_object(error):
    class Machine:
        def emit_object(self, _module):
            raise error

    with pytest.raises(RefusedError, match="2 GiB or more"):
        emit_object(Machine(), None)


def test_modules_for_another_machine_or_system_are_refused(pool):
    for triple in ("aarch64-unknown-linux-gnu", "x86_64-apple-darwin20.0.0"):
        with pytest.raises(CompileError, match="the executor is x86_64-unknown-linux-gnu"):
            compile_text(pool, f'target triple = "{triple}"\n{GOOD}')
    compile_text(pool, f'target triple = "x86_64-pc-linux-gnu"\n{GOOD}')


def test_an_unknown_cpu_is_refused(pool):
    with pytest.raises(CompileError, match="not a recognized processor"):
        compile_text(pool, GOOD, target=Target(TARGET.triple, "pentium-99", ""))


def test_the_same_module_gives_the_same_bytes_in_every_worker():
    objects = set()
    for _ in range(2):
        pool = CompilePool(workers=1)
        objects.add(compile_text(pool, GOOD))
        pool.close()
    assert len(objects) == 1


def test_eight_threads_at_once(pool):
    results = []

    def work(i):
        results.append(compile_text(pool, GOOD.replace("@f", f"@f{i}")))

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({*results}) == 8


def test_a_closed_pool_leaves_no_process_and_says_so():
    pool = CompilePool(workers=2)
    assert_still_works(pool)
    worker = pool._idle[0].pid
    pool.close()
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)
    with pytest.raises(CompileError, match="closed"):
        assert_still_works(pool)


def test_the_cache_compiles_the_same_content_once(pool):
    cache = ObjectCache(pool)
    first = CompileRequest(module_source(GOOD, "a"), TARGET)
    same = CompileRequest(module_source(GOOD, "another name"), TARGET)
    assert cache.compile([first, same]) == [cache.compile([same])[0]] * 2
    assert (cache.misses, cache.hits) == (1, 1)


def test_the_cache_forgets_the_oldest_when_it_is_full(pool):
    cache = ObjectCache(pool, max_bytes=1500)
    for name in ("@f", "@g", "@h"):
        cache.compile([CompileRequest(module_source(GOOD.replace("@f", name), name), TARGET)])
    assert cache._held <= 1500
    assert cache.misses == 3


@pytest.mark.parametrize("other", [{"opt": 1}, {"target": Target(TARGET.triple, "x86-64-v3", "")}])
def test_the_key_says_everything_that_decides_the_bytes(other):
    source = module_source(GOOD, "m")
    base = {"source": source, "target": TARGET, "opt": 2}
    assert object_key(CompileRequest(**base)) != object_key(CompileRequest(**(base | other)))
