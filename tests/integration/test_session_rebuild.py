"""A session whose worker is no more comes back on another one, with everything that was there; near and from afar."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import threading

import numpy as np
import pytest
from exclave.controller import CallTimeout, ExecutorCrash, UndefinedSymbolsError, connect
from exclave.controller.errors import DataLostError, ExecutorError, ExecutorRefusedError
from support_executor import running, start_process, wait_until

IR = """
@n = global i64 5
@made = global i64 0
@llvm.global_ctors = appending global [1 x { i32, ptr, ptr }] [{ i32, ptr, ptr } { i32 65535, ptr @init, ptr null }]
declare i64 @host(i64)
declare i64 @other()
define void @init() { store i64 77, ptr @made  ret void }
define i64 @count() { %x = load i64, ptr @n  %y = add i64 %x, 1  store i64 %y, ptr @n  ret i64 %y }
define i64 @reads(i64 %at) { %p = inttoptr i64 %at to ptr  %x = load i64, ptr %p  ret i64 %x }
define i64 @first(ptr %p) { %x = load i64, ptr %p  ret i64 %x }
define i64 @calls(i64 %x) { %r = call i64 @host(i64 %x)  ret i64 %r }
define i64 @apply(ptr %f, i64 %x) { %r = call i64 %f(i64 %x)  ret i64 %r }
define void @spins() {
  br label %again
again:
  %x = load volatile i64, ptr @n
  br label %again
}
"""
OTHER = "define i64 @other() { ret i64 9 }\ndefine i64 @relies() { %x = call i64 @other()  ret i64 %x }"


@pytest.fixture(scope="module")
def executor(executor_here_and_afar):
    return executor_here_and_afar


@pytest.fixture
def session(executor):
    with executor.session() as handle:
        handle.add_ir(IR)
        handle.define("host", handle.callback(lambda x: 2 * x, "int64_t f(int64_t)"))
        yield handle


def crash(session):
    with pytest.raises(ExecutorCrash):
        session.function("reads")(8)


def test_the_next_use_brings_it_back(session):
    count = session.function("count")
    assert [count(), count(), session.generation] == [6, 7, 1]
    crash(session)
    assert [count(), count(), session.generation] == [6, 7, 2]
    assert session.globals["made"] == 77


def test_again_and_again(session):
    count = session.function("count")
    for generation in range(1, 6):
        assert (count(), session.generation) == (6, generation)
        crash(session)


def test_handles_callbacks_and_definitions_stay_valid(session):
    calls, apply, count = map(session.function, ("calls", "apply", "count"))
    callback = session.callback(lambda x: x + 100, "int64_t f(int64_t)")
    assert [calls(4), apply(callback, 1), count()] == [8, 101, 6]
    crash(session)
    assert [calls(4), apply(callback, 1), count()] == [8, 101, 6]
    assert list(calls.map(np.arange(5))) == [0, 2, 4, 6, 8]
    assert calls.submit(21).result(10) == 42


def test_nothing_is_compiled_again(executor):
    with executor.session() as session:
        session.add_ir(
            "\n".join(f"define i64 @f{i}(i64 %x) {{ %y = add i64 %x, {i}  ret i64 %y }}" for i in range(300))
        )
        session.add_ir("define void @crash() { store volatile i32 1, ptr null  ret void }")
        functions = session.lookup([f"f{i}" for i in range(300)])
        assert len(functions) == 300
        call, modules = session.function("f7"), session.account.modules
        with pytest.raises(ExecutorCrash):
            session.function("crash")()
        before = session.account.seconds.get("compile", 0)
        assert call(1) == 8
        assert session.account.seconds["compile"] - before < 0.1
        assert modules > 0


def test_objects_and_trackers(executor, tmp_path):
    with executor.session() as session:
        session.add_ir(OTHER.replace("@relies", "@relies_first"), name="first")
        tracker = session.add_ir(
            "define i64 @own() { ret i64 1 }\ndefine void @crash() { store volatile i32 1, ptr null  ret void }"
        )
        own, other = session.function("own"), session.function("other")
        assert (own(), other()) == (1, 9)
        with pytest.raises(ExecutorCrash):
            session.function("crash")()
        assert (own(), other(), tracker.live) == (1, 9, True)
        tracker.remove()
        with pytest.raises(UndefinedSymbolsError):
            session.lookup("own")


def test_what_was_added_and_never_used_stays_pending(session):
    tracker = session.add_ir(OTHER)
    crash(session)
    assert session.function("count")() == 6
    assert not tracker.live
    assert session.function("relies")() == 9


def test_definitions_by_address_move_with_what_they_stand_for(session):
    session.add_ir("declare i64 @alias()\ndefine i64 @through() { %r = call i64 @alias()  ret i64 %r }")
    session.define("alias", session.lookup("count"))
    array = session.asarray(np.arange(3))
    session.define("gone", array.address)
    through = session.function("through")
    assert through() == 6
    events = []
    session.on_rebuilt(events.append)
    crash(session)
    assert (through(), session.function("count")()) == (6, 7)
    assert [(event.generation, event.lost) for event in events] == [(2, ("gone",))]
    assert "null+0x8" in str(events[0].reason)
    with pytest.raises(UndefinedSymbolsError):
        session.lookup("gone")


def test_arrays_are_lost(session):
    array = session.asarray(np.arange(3))
    first = session.function("first")
    assert first(array) == 0
    crash(session)
    session.lookup("count")
    for use in (lambda: first(array), array.get, lambda: array.put(1), lambda: array[0]):
        with pytest.raises(DataLostError, match="make it again"):
            use()
    assert first(session.asarray(np.arange(7, 9))) == 7


def test_a_deadline_and_a_killed_worker_are_no_other(session):
    count = session.function("count")
    with pytest.raises(CallTimeout):
        session.function("spins")(timeout=0.1)
    assert (count(), session.generation) == (6, 2)
    os.kill(session.opened.worker_pid, signal.SIGKILL)
    wait_until(lambda: session._worker.client.is_over())
    assert (count(), session.generation) == (6, 3)


def test_many_threads_at_once(session):
    count, reads = session.function("count"), session.function("reads")
    assert count() == 6
    wrong = []

    def work(number):
        for i in range(20):
            try:
                reads(8) if (i + number) % 10 == 0 else count()
            except ExecutorError:
                pass
            except BaseException as error:
                wrong.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not wrong
    assert session.generation > 1
    assert count() > 5


def test_a_callback_that_uses_the_session_after_its_worker_died(session):
    count, apply = session.function("count"), session.function("apply")

    def callback(x):
        crash(session)
        return count()

    with pytest.raises(ExecutorCrash):
        apply(session.callback(callback, "int64_t f(int64_t)"), 1)
    assert count() in (6, 7)


def test_a_rebuild_that_fails_is_tried_again():
    process, address = start_process(["--listen", "127.0.0.1:0", "--max-sessions", "1"], stderr=subprocess.PIPE)
    with running(process, address), connect(address) as executor, executor.session() as session:
        session.add_ir(IR)
        session.define("host", session.callback(lambda x: x, "int64_t f(int64_t)"))
        count = session.function("count")
        assert count() == 6
        crash(session)
        with executor.session() as in_the_way:
            for _ in range(2):
                with pytest.raises(ExecutorRefusedError, match="1 sessions are open already"):
                    count()
            assert (session.generation, in_the_way.generation) == (1, 1)
        assert (count(), session.generation) == (6, 2)


def test_without_recovery_it_stays_dead_with_its_reason(executor):
    with executor.session(recover=False) as session:
        session.add_ir(IR)
        session.define("host", session.callback(lambda x: x, "int64_t f(int64_t)"))
        count = session.function("count")
        assert count() == 6
        crash(session)
        for use in (count, lambda: session.lookup("count"), lambda: session.array(3), lambda: session.globals):
            with pytest.raises(ExecutorCrash, match=r"no more: SIGSEGV .*null\+0x8") as caught:
                use()
            assert pickle.loads(pickle.dumps(caught.value)).kind == "signal"
        assert session.generation == 1


def test_the_account_goes_on(session):
    count = session.function("count")
    count()
    calls = session.account.calls
    crash(session)
    count()
    assert session.account.calls >= calls + 2
