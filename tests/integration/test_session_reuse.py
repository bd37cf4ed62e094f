"""Code that takes the place of other code, thousands of times, while threads run beside it and in it."""

from __future__ import annotations

import os
import threading
import time

import pytest
from exclave.controller import connect
from exclave.controller.compile import CompilePool, CompileRequest, module_source
from support_targets import TARGETS

ROUNDS, VARIANTS, FUNCTIONS = 600, 8, 4
TARGET, EXPECTED, IDLE, CALLS, WRONG, STOP = range(6)
# Calls what TARGET has as fast as it can, so that the processor remembers where that branch goes, and counts what does
# not return what is expected of it. All of it is in words that this process sees too.
CALLER = """
define void @call_on(ptr %words) {
entry:
  %expected.p = getelementptr i64, ptr %words, i64 1
  %idle.p = getelementptr i64, ptr %words, i64 2
  %calls.p = getelementptr i64, ptr %words, i64 3
  %wrong.p = getelementptr i64, ptr %words, i64 4
  %stop.p = getelementptr i64, ptr %words, i64 5
  br label %next
next:
  %s = load volatile i64, ptr %stop.p
  %on = icmp eq i64 %s, 0
  br i1 %on, label %look, label %end
look:
  %address = load atomic volatile i64, ptr %words seq_cst, align 8
  %none = icmp eq i64 %address, 0
  %idle = zext i1 %none to i64
  store atomic volatile i64 %idle, ptr %idle.p seq_cst, align 8
  br i1 %none, label %next, label %go
go:
  %e = load volatile i64, ptr %expected.p
  %f = inttoptr i64 %address to ptr
  %n = call i64 %f()
  %differs = icmp ne i64 %n, %e
  %d = zext i1 %differs to i64
  %w = load volatile i64, ptr %wrong.p
  %w1 = add i64 %w, %d
  store volatile i64 %w1, ptr %wrong.p
  %c = load volatile i64, ptr %calls.p
  %c1 = add i64 %c, 1
  store volatile i64 %c1, ptr %calls.p
  br label %next
end:
  ret void
}
"""


@pytest.fixture
def session():
    with connect() as executor, executor.session() as opened:
        yield opened


@pytest.fixture(scope="module")
def variants():
    """Objects of the same functions, each with results of its own."""
    pool = CompilePool()
    texts = [
        "".join(f"define i64 @f{k}() {{ ret i64 {number * FUNCTIONS + k} }}\n" for k in range(FUNCTIONS))
        for number in range(VARIANTS)
    ]
    target = TARGETS[os.uname().machine]
    yield pool.compile([CompileRequest(module_source(text, "f"), target, 0) for text in texts])
    pool.close()


def spin_until(condition) -> None:
    """What another thread is about to do, within microseconds."""
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end


def test_reused_ranges_run_what_is_there_now(session, variants):
    session.add_ir(CALLER)
    words = session.array(8, "int64")
    call_on, seen = session.function("call_on"), words.view
    thread = threading.Thread(target=call_on, args=(words,))
    thread.start()
    places, names = set(), [f"f{k}" for k in range(FUNCTIONS)]
    for number in range(ROUNDS):
        tracker = session.add_object(variants[number % VARIANTS])
        for k, address in enumerate(session.lookup(names).values()):
            places.add(int(address))
            before = int(seen[CALLS])
            seen[EXPECTED] = number % VARIANTS * FUNCTIONS + k
            seen[TARGET] = int(address)
            spin_until(lambda before=before: seen[CALLS] > before + 10)
            seen[TARGET] = seen[IDLE] = 0
            spin_until(lambda: seen[IDLE])  # nobody is in it any more
        tracker.remove(force=True)  # the call that runs beside it may be in it, as far as Exclave knows
    seen[STOP] = 1
    thread.join()
    assert seen[CALLS] > 10 * ROUNDS * FUNCTIONS
    assert seen[WRONG] == 0
    assert len(places) < 10 * FUNCTIONS, "else nothing was reused"
