"""System calls that the policy refuses: the end says which, and no trick with SIGSYS makes them happen."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from exclave.controller import ExecutorCrash, connect

IR = r"""
declare i64 @syscall(i64, ...)
declare i32 @signal(i32, ptr)
declare i32 @sigprocmask(i32, ptr, ptr)
@name = constant [5 x i8] c"evil\00"
@asked = global i64 0

define i64 @refused(i64 %number) {
  %r = call i64 (i64, ...) @syscall(i64 %number, i64 0, i64 0, i64 0)
  ret i64 %r
}
define i64 @ignores(i64 %number) {
  %old = call i32 @signal(i32 31, ptr inttoptr (i64 1 to ptr))
  %r = call i64 @refused(i64 %number)
  ret i64 %r
}
define i64 @blocks(i64 %number) {
  %set = alloca [16 x i64]
  store [16 x i64] zeroinitializer, ptr %set
  store i64 u0x40000000, ptr %set
  %e = call i32 @sigprocmask(i32 0, ptr %set, ptr null)
  %r = call i64 @refused(i64 %number)
  ret i64 %r
}
define void @note(i32 %signal) {
  %n = load i64, ptr @asked
  %m = add i64 %n, 1
  store i64 %m, ptr @asked
  ret void
}
define i64 @handles(i64 %prctl) {
  %old = call i32 @signal(i32 31, ptr @note)
  %r = call i64 (i64, ...) @syscall(i64 %prctl, i64 15, ptr @name, i64 0, i64 0, i64 0)
  %n = load i64, ptr @asked
  ret i64 %n
}
define i64 @other_abi(i64 %x) {
  %r = call i64 asm sideeffect "int $$0x80", "={rax},{rax},~{memory}"(i64 20)
  ret i64 %r
}
"""
pytestmark = pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers are those of x86_64")
CALLS = {"execve": 59, "socket": 41, "openat": 257, "ptrace": 101, "fork": 57, "io_uring_setup": 425, "mseal": 462}


@pytest.fixture(scope="module")
def executor():
    with connect() as handle:
        yield handle


@pytest.fixture
def session(executor):
    with executor.session() as opened:
        opened.add_ir(IR, optimize=0)
        yield opened


def end_of(call, *arguments) -> ExecutorCrash:
    with pytest.raises(ExecutorCrash) as caught:
        call(*arguments)
    return caught.value


@pytest.mark.parametrize("name", CALLS)
def test_the_end_names_the_call(session, name):
    crash = end_of(session.function("refused"), CALLS[name])
    assert (crash.kind, crash.signal) == ("sandbox", signal.SIGSYS)
    assert f"ended the worker for {name} (system call {CALLS[name]}), which the policy does not allow" in str(crash)
    assert crash.fault.system_call == CALLS[name]


@pytest.mark.parametrize("how", ["ignores", "blocks"])
def test_a_signal_that_is_ignored_or_blocked_ends_it_all_the_same(session, how):
    crash = end_of(session.function(how), CALLS["execve"])
    assert (crash.kind, crash.signal) == ("sandbox", signal.SIGSYS)


def test_who_handles_the_signal_has_not_made_the_call(session):
    assert session.function("handles")(157) == 1
    threads = Path(f"/proc/{session.opened.worker_pid}/task").glob("*/comm")
    assert "evil" not in {comm.read_text().strip() for comm in threads}


@pytest.mark.parametrize("number", [0x40000000 + 39, 0xFFFFFFFF])
def test_a_number_of_x32_ends_it_without_a_word(session, number):
    crash = end_of(session.function("refused"), number)
    assert (crash.kind, crash.signal, crash.fault) == ("sandbox", signal.SIGSYS, None)


def test_a_call_of_the_32_bit_abi_ends_it_without_a_word(session):
    crash = end_of(session.function("other_abi"), 0)
    assert crash.signal in (signal.SIGSYS, signal.SIGSEGV)  # the latter: a kernel without that abi
    assert crash.kind == ("sandbox" if crash.signal == signal.SIGSYS else "signal")
