"""Chains of objects, each calling the next, looked up by the first: nothing runs before all that it needs is there.

(LLVM 19's ORC runs such code too early out of process: 2 right answers of 20 for three objects, none for five.)
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Barrier

import llvmlite.binding as llvm
import pytest

THREADS = 8

# Constructors call down the chain, too: what they reach must be there before the first of them runs.
LINK = """
@llvm.global_ctors = appending global [1 x { i32, ptr, ptr }] [{ i32, ptr, ptr } { i32 65535, ptr @construct, ptr null }]
@seen_00000 = global i64 0
declare i64 @f_11111(i64)
define i64 @f_00000(i64 %x) {
  %next = add i64 %x, 1
  %y = call i64 @f_11111(i64 %next)
  ret i64 %y
}
define internal void @construct() {
  %y = call i64 @f_11111(i64 1)
  store i64 %y, ptr @seen_00000
  ret void
}
"""
LAST = "define i64 @f_00000(i64 %x) { ret i64 %x }"


@pytest.fixture(scope="module")
def executor(executor_here_and_afar):
    return executor_here_and_afar


@pytest.fixture(scope="module")
def chain():
    """Makes the objects of a chain that begins with a number."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine(reloc="pic", codemodel="small")
    link, last = (machine.emit_object(llvm.parse_assembly(text)) for text in (LINK, LAST))

    def make(first: int, length: int) -> list[bytes]:
        numbers = [b"_%05d" % number for number in range(first, first + length)]
        links = [link.replace(b"_00000", one).replace(b"_11111", other) for one, other in pairwise(numbers)]
        return [*links, last.replace(b"_00000", numbers[-1])]

    return make


def check(session, first: int, length: int) -> None:
    """The first one's answer says how many were passed; what constructors saw, how many were behind each."""
    assert session.function(f"f_{first:05}", "i64", ["i64"])(0) == length - 1
    for number in range(first, first + length - 1, max(length // 7, 1)):
        seen = int.from_bytes(session.read_memory(session.lookup(f"seen_{number:05}"), 8), "little")
        assert seen == first + length - 1 - number


@pytest.mark.parametrize("length", [1, 2, 3, 5, 50, 500])
def test_a_chain_is_right_at_once(executor, chain, length):
    with executor.session() as session:
        for data in chain(20_000, length):
            session.add_object(data)
        check(session, 20_000, length)


def at_once(work, count: int = THREADS) -> list:
    barrier = Barrier(count)

    def one(number: int):
        barrier.wait(20)
        return work(number)

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(one, range(count)))


@pytest.mark.parametrize("length", [3, 5, 500])
def test_eight_threads_have_a_chain_each(executor, chain, length):
    with executor.session() as session:
        for thread in range(THREADS):
            for data in chain(20_000 + 1000 * thread, length):
                session.add_object(data)
        at_once(lambda thread: check(session, 20_000 + 1000 * thread, length))


@pytest.mark.parametrize("length", [3, 5, 500])
def test_eight_threads_look_up_one_chain(executor, chain, length):
    """Each begins somewhere else in it."""
    with executor.session() as session:
        for data in chain(20_000, length):
            session.add_object(data)
        starts = [min(thread * length // THREADS, length - 2) for thread in range(THREADS)]
        at_once(lambda thread: check(session, 20_000 + starts[thread], length - starts[thread]))
