"""IFUNCs in a session: the resolver is asked in the worker, once, before constructors, and again on another worker."""

from __future__ import annotations

import subprocess

import pytest
from exclave.controller import ExecutorCrash, LinkError
from support_tools import require_tool

SOURCE = """
#include <unistd.h>
static int fast(int x) { return 2 * x; }
static int slow(int x) { return x + 100; }
static int asked, which = %s;
static void *pick(void) { asked++; %s return which == 1 ? (void *)fast : which == 2 ? (void *)slow : (void *)getpid; }
int work(int) __attribute__((ifunc("pick")));
static int own(int) __attribute__((ifunc("pick")));
int (*table[])(int) = {work};
int calls(int x) { return work(x) + own(x); }
int through(int x) { return table[0](x); }
static int constructed;
__attribute__((constructor)) static void construct(void) { constructed = work(5); }
int seen(void) { return constructed; }
int count(void) { return asked; }
"""


@pytest.fixture(scope="module")
def executor(executor_here_and_afar):
    return executor_here_and_afar


@pytest.fixture
def session(executor):
    with executor.session() as opened:
        yield opened


@pytest.fixture
def compiled(tmp_path):
    def compile_c(which: str, more: str = "", *flags: str) -> bytes:
        (tmp_path / "a.c").write_text(SOURCE % (which, more))
        out = tmp_path / "a.o"
        subprocess.run([require_tool("gcc"), "-O1", "-fPIC", *flags, "-c", tmp_path / "a.c", "-o", out], check=True)
        return out.read_bytes()

    return compile_c


def call(session, name: str, *arguments: int) -> int:
    return session.function(name, "i32", ["i32"] * len(arguments))(*arguments)


@pytest.mark.parametrize("flags", [(), ("-fno-pic",), ("-O0",), ("-mcmodel=large",)], ids=str)
def test_calls_pointers_and_constructors_get_the_choice(session, compiled, flags):
    session.add_object(compiled("1", "", *flags))
    assert [call(session, "calls", 7), call(session, "through", 7), call(session, "work", 9)] == [28, 14, 18]
    assert (call(session, "seen"), call(session, "count")) == (10, 2)


def test_another_choice(session, compiled):
    session.add_object(compiled("2"))
    assert [call(session, "calls", 7), call(session, "seen")] == [214, 105]


def test_another_unit_calls_it(session, compiled):
    session.add_object(compiled("1"))
    assert call(session, "work", 3) == 6
    session.add_ir("declare i32 @work(i32)  define i32 @user(i32 %x) { %y = call i32 @work(i32 %x)  ret i32 %y }")
    assert call(session, "user", 4) == 8


def test_a_choice_that_is_no_code_of_the_session(session, compiled):
    tracker = session.add_object(compiled("3"))
    with pytest.raises(LinkError, match="chose no code of this session"):
        session.lookup("work")
    tracker.remove()
    session.add_object(compiled("1"))
    assert call(session, "work", 1) == 2


def test_a_resolver_that_crashes(executor, compiled):
    with executor.session(recover=False) as session:
        session.add_object(compiled("1", "*(volatile int *)8 = 1;"))
        with pytest.raises(ExecutorCrash):
            session.lookup("work")


def test_it_is_asked_again_on_another_worker(session, compiled):
    session.add_object(compiled("1"))
    assert call(session, "work", 3) == 6
    session.add_ir("define void @die() { store volatile i32 1, ptr inttoptr (i64 8 to ptr)  ret void }")
    with pytest.raises(ExecutorCrash):
        session.function("die", "void", [])()
    assert (call(session, "work", 4), call(session, "count")) == (8, 2)
