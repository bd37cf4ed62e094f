"""Thread-local variables: each thread has its own, whoever asks for it, and however far away it was compiled."""

from __future__ import annotations

import pytest
from exclave.controller import LinkError

pytestmark = pytest.mark.xfail(strict=True, raises=LinkError, reason="the linker has no thread-local variables yet")

COUNTER = """
@count = thread_local global i64 40
@zero = thread_local global [3 x i64] zeroinitializer
@own = internal thread_local global i64 5
define i64 @next() {
  %p = call ptr @llvm.threadlocal.address.p0(ptr @count)
  %c = load i64, ptr %p
  %d = add i64 %c, 1
  store i64 %d, ptr %p
  %z = call ptr @llvm.threadlocal.address.p0(ptr @zero)
  %q = getelementptr i64, ptr %z, i64 2
  %y = load i64, ptr %q
  %x = add i64 %y, 1000
  store i64 %x, ptr %q
  %o = call ptr @llvm.threadlocal.address.p0(ptr @own)
  %v = load i64, ptr %o
  %w = add i64 %v, 100
  store i64 %w, ptr %o
  %s = add i64 %d, %x
  %t = add i64 %s, %w
  ret i64 %t
}
declare ptr @llvm.threadlocal.address.p0(ptr)
"""
USER = """
@count = external thread_local global i64
declare ptr @llvm.threadlocal.address.p0(ptr)
declare i64 @next()
declare i32 @pthread_create(ptr, ptr, ptr, ptr)
declare i32 @pthread_join(i64, ptr)
define i64 @elsewhere(i64 %a, double %x) {
  %p = call ptr @llvm.threadlocal.address.p0(ptr @count)
  %c = load i64, ptr %p
  %n = fptosi double %x to i64
  %s = add i64 %c, %a
  %t = add i64 %s, %n
  ret i64 %t
}
define internal ptr @body(ptr %unused) {
  %1 = call i64 @next()
  %2 = call i64 @next()
  %r = inttoptr i64 %2 to ptr
  ret ptr %r
}
define i64 @in_a_thread() {
  %thread = alloca i64
  %result = alloca ptr
  %1 = call i32 @pthread_create(ptr %thread, ptr null, ptr @body, ptr null)
  %t = load i64, ptr %thread
  %2 = call i32 @pthread_join(i64 %t, ptr %result)
  %r = load i64, ptr %result
  ret i64 %r
}
define ptr @address() { %p = call ptr @llvm.threadlocal.address.p0(ptr @count)  ret ptr %p }
"""


@pytest.mark.parametrize("optimize", [0, 2])
def test_every_thread_has_its_own(executor, optimize):
    with executor.session(threads=2) as session:
        session.add_ir(COUNTER, optimize=optimize)
        session.add_ir(USER, optimize=optimize)
        session.lookup(["next", "elsewhere", "in_a_thread"])
        first, second = 41 + 1000 + 105, 42 + 2000 + 205
        assert [session.function("next")() for _ in range(2)] == [first, second]
        assert [session.function("in_a_thread")() for _ in range(2)] == [second, second]
        assert session.function("elsewhere")(7, 100.0) == 42 + 107


def test_code_that_is_linked_later_finds_the_same_one(session):
    session.add_ir(COUNTER)
    session.add_ir(USER)
    assert session.function("next")() == 41 + 1000 + 105
    assert session.function("elsewhere")(7, 100.0) == 41 + 107


def test_an_address_stays_the_threads(session):
    session.add_ir(COUNTER)
    session.add_ir(USER)
    address = session.function("address")
    assert address() == address() != 0
