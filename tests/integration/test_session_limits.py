"""What a session's code may use up, and what its end says when that is gone."""

from __future__ import annotations

import pickle
import signal
import time

import pytest
from exclave.controller import CallTimeout, ExecutorCrash, ExecutorRefusedError, Limits, connect

IR = r"""
@line = constant [64 x i8] c"0123456789012345678901234567890123456789012345678901234567890123"
declare ptr @malloc(i64)
declare i64 @write(i32, ptr, i64)
declare i32 @sigprocmask(i32, ptr, ptr)
define i64 @allocates(i64 %n) { %p = call ptr @malloc(i64 %n)  %a = ptrtoint ptr %p to i64  ret i64 %a }
define void @touches(i64 %start, i64 %size) {
entry:
  %none = icmp eq i64 %size, 0
  br i1 %none, label %end, label %next
next:
  %i = phi i64 [ 0, %entry ], [ %j, %next ]
  %a = add i64 %start, %i
  %p = inttoptr i64 %a to ptr
  store volatile i8 1, ptr %p
  %j = add i64 %i, 4096
  %more = icmp ult i64 %j, %size
  br i1 %more, label %next, label %end
end:
  ret void
}
define void @spins() {
  br label %loop
loop:
  call void asm sideeffect "", ""()
  br label %loop
}
define void @spins_and_does_not_listen() {
  %set = alloca [16 x i64]
  store [16 x i64] zeroinitializer, ptr %set
  store i64 -1, ptr %set
  %e = call i32 @sigprocmask(i32 0, ptr %set, ptr null)
  call void @spins()
  ret void
}
define void @prints(i64 %lines) {
  br label %loop
loop:
  %i = phi i64 [ 0, %0 ], [ %j, %loop ]
  %r = call i64 @write(i32 1, ptr @line, i64 64)
  %j = add i64 %i, 1
  %more = icmp ult i64 %j, %lines
  br i1 %more, label %loop, label %end
end:
  ret void
}
"""


@pytest.fixture(scope="module")
def executor():
    with connect() as handle:
        yield handle


def opened(executor, **limits):
    session = executor.session(limits=Limits(**limits))
    session.add_ir(IR, optimize=0)
    return session


def end_of(call, *arguments) -> ExecutorCrash:
    with pytest.raises(ExecutorCrash) as caught:
        call(*arguments)
    return pickle.loads(pickle.dumps(caught.value))


@pytest.mark.parametrize("name", ["spins", "spins_and_does_not_listen"])
def test_cpu_time(executor, name):
    with opened(executor, cpu_seconds=1) as session:
        crash = end_of(session.function(name))
    assert (crash.kind, crash.signal in (signal.SIGXCPU, signal.SIGKILL)) == ("cpu", True)
    assert "used up the 1 s of CPU time that its session has" in str(crash)


def test_the_heap(executor):
    with opened(executor, memory=64 << 20) as session:
        allocates = session.function("allocates")
        assert allocates(32 << 20)
        assert not allocates(48 << 20)
        assert allocates(16 << 20)
        assert not allocates(1 << 40)
    with opened(executor) as session:
        assert session.function("allocates")(256 << 20)


def test_the_data_zone(executor):
    with opened(executor, memory=32 << 20) as session:
        assert session.opened.zones["data"].size == 32 << 20
        with pytest.raises(ExecutorRefusedError):
            session.array(33 << 20, "uint8")


def test_what_is_shipped(executor):
    with opened(executor, memory=2 << 20) as session:
        session.add_ir("@big = global [8388608 x i8] zeroinitializer\ndefine ptr @f() { ret ptr @big }")
        with pytest.raises(ExecutorRefusedError):
            session.lookup("f")
        assert session.function("allocates")(1)


def test_all_memory_together(executor):
    """Heap and data zone, each within its bound; only a control group sees the sum."""
    layer = next(layer for layer in executor.capabilities.sandbox if layer.name == "cgroup")
    if not layer.active or "memory" not in layer.detail:
        pytest.skip(f"no control group for memory: {layer.detail}")
    with opened(executor, memory=96 << 20) as session:
        touches = session.function("touches")
        address = session.function("allocates")(80 << 20)
        touches(address, 80 << 20)
        zone = session.opened.zones["data"]
        crash = end_of(touches, zone.address + (16 << 20), zone.size - (16 << 20))
    assert (crash.kind, crash.signal) == ("memory", signal.SIGKILL)
    assert f"more than the {96 << 20} bytes of memory" in str(crash)


def test_output(executor):
    with opened(executor, output_bytes=6400) as session:
        session.function("prints")(100)
        assert len(session.stdout) == 6400
        crash = end_of(session.function("prints"), 1 << 40)
        assert len(session.stdout) == 6400
    assert crash.kind == "output"
    assert "printed more than the 6400 bytes that its session may" in str(crash)


def test_threads(executor):
    with opened(executor, threads=1) as session:
        assert next("threads" in layer.detail for layer in session.sandbox if layer.name == "seccomp")


def test_the_sandbox_says_them(executor):
    with opened(executor, memory=32 << 20, cpu_seconds=7) as session:
        detail = next(layer.detail for layer in session.sandbox if layer.name == "rlimits")
    assert detail.endswith(f", {32 << 20} bytes of heap, 7 s of CPU time")


def test_the_longest_call(executor):
    with opened(executor, call_timeout=0.3) as session:
        begin = time.monotonic()
        with pytest.raises(CallTimeout):
            session.function("spins")(timeout=60)
        assert time.monotonic() - begin < 30


def test_an_exhausted_session_leaves_others_alone(executor):
    with opened(executor) as other, opened(executor, cpu_seconds=1) as session:
        assert end_of(session.function("spins")).kind == "cpu"
        assert other.function("allocates")(1)
