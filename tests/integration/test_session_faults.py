"""What a fatal signal found comes back with the crash, on the same host and from afar."""

from __future__ import annotations

import os
import pickle
import signal

import pytest
from exclave.controller import ExecutorCrash

IR = r"""
@text = private constant [8 x i8] c"before\0A\00"
declare i32 @printf(ptr, ...)
declare void @abort()
declare i64 @syscall(i64, ...)
declare i32 @pthread_create(ptr, ptr, ptr, ptr)
declare i32 @pthread_join(i64, ptr)
declare i32 @signal(i32, ptr)

define i64 @reads(i64 %address) {
  %p = inttoptr i64 %address to ptr
  %x = load i64, ptr %p
  ret i64 %x
}
define i64 @divides(i64 %x) { %y = sdiv i64 7, %x  ret i64 %y }
define void @aborts(i64 %x) {
  %r = call i32 (ptr, ...) @printf(ptr @text)
  call void @abort()
  ret void
}
define void @traps(i64 %x) { call void @llvm.trap()  ret void }
define i64 @recurses(i64 %x) {
  %room = alloca [64 x i64]
  call void @touch(ptr %room)
  %y = call i64 @recurses(i64 %x)
  %z = load volatile i64, ptr %room
  %sum = add i64 %y, %z
  ret i64 %sum
}
define void @touch(ptr %p) noinline { store volatile i64 1, ptr %p  ret void }
define ptr @crash_in_thread(ptr %x) { store volatile i32 1, ptr null  ret ptr null }
define void @starts_a_thread(i64 %x) {
  %thread = alloca i64
  %r = call i32 @pthread_create(ptr %thread, ptr null, ptr @crash_in_thread, ptr null)
  %id = load i64, ptr %thread
  %j = call i32 @pthread_join(i64 %id, ptr null)
  ret void
}
define i64 @apply(ptr %f, i64 %x) { %r = call i64 %f(i64 %x)  ret i64 %r }
define void @handler(i32 %n) { call void @_exit(i32 9)  ret void }
declare void @_exit(i32)
define void @has_its_own_handler(i64 %x) {
  %old = call i32 @signal(i32 11, ptr @handler)
  store volatile i32 1, ptr null
  ret void
}
"""
CASES = {
    # function, argument: signal, si_code, and whether the argument is the faulting address
    "reads": (0x1008, signal.SIGSEGV, 1, True),
    "divides": (0, signal.SIGFPE, 1, False),
    "aborts": (0, signal.SIGABRT, -6, False),
    "traps": (0, signal.SIGILL, 2, False),
    "recurses": (0, signal.SIGSEGV, None, False),
}
LANES = {"x86_64": (23, 15), "aarch64": (35, 32), "riscv64": (32, 2)}
REGISTERS, STACK_POINTER = LANES[os.uname().machine]


@pytest.fixture(scope="module")
def executor(executor_here_and_afar):
    return executor_here_and_afar


@pytest.fixture
def session(executor):
    with executor.session(threads=2, recover=False) as handle:
        handle.add_ir(IR, optimize=0)
        yield handle


def crash_of(call, *arguments):
    with pytest.raises(ExecutorCrash) as caught:
        call(*arguments)
    return caught.value


@pytest.mark.parametrize("name", CASES)
def test_a_fatal_signal_leaves_a_record(session, name):
    argument, number, code, address_is_argument = CASES[name]
    function = session.function(name)
    address = function.address
    crash = crash_of(function, argument)
    fault = crash.fault
    assert (crash.kind, crash.signal, fault.signal) == ("signal", number, number)
    assert code is None or fault.code == code
    assert (fault.address == argument) == address_is_argument
    assert (fault.function, fault.slots[:8]) == (address, argument.to_bytes(8, "little"))
    assert fault.entry != 0
    assert 1 <= fault.lane <= 4
    assert len(fault.registers) == REGISTERS
    assert 1000 < len(fault.stack) <= 65024


def test_the_stack_begins_where_its_pointer_is(session):
    fault = crash_of(session.function("reads"), 8).fault
    assert fault.registers[STACK_POINTER] == fault.stack_address


def test_a_stack_that_has_run_out_begins_behind_its_guard_page(session):
    fault = crash_of(session.function("recurses"), 8).fault
    assert 0 <= fault.stack_address - fault.registers[STACK_POINTER] <= 4096
    assert len(fault.stack) == 65024


def test_what_was_printed_before_is_delivered(session):
    crash_of(session.function("aborts"), 0)
    assert session.stdout == "before\n"


def test_a_thread_that_the_code_started(session):
    fault = crash_of(session.function("starts_a_thread"), 0).fault
    assert (fault.signal, fault.address, fault.lane, fault.entry) == (signal.SIGSEGV, 0, -1, 0)


def test_the_innermost_call_is_the_one_that_is_told(session):
    reads, apply = session.function("reads"), session.function("apply")
    callback = session.callback(lambda x: reads(x), "int64_t f(int64_t)")
    address = reads.address
    fault = crash_of(apply, callback, 0x1010).fault
    assert (fault.function, fault.slots[:8]) == (address, (0x1010).to_bytes(8, "little"))


def test_code_with_a_handler_of_its_own_has_the_signal_to_itself(session):
    crash = crash_of(session.function("has_its_own_handler"), 0)
    assert (crash.kind, crash.exit_code, crash.fault) == ("exit", 9, None)


def test_a_crash_with_its_fault_pickles(session):
    crash = crash_of(session.function("reads"), 8)
    again = pickle.loads(pickle.dumps(crash))
    assert again.fault == crash.fault
    assert again.fault.stack


def test_later_uses_raise_the_reason_with_the_same_fault(session):
    crash = crash_of(session.function("reads"), 8)
    assert crash_of(session.lookup, "divides").fault.registers == crash.fault.registers
