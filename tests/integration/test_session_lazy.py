"""Trampolines of lazy functions: the first call asks the controller, with all arguments kept."""

from __future__ import annotations

import os

import pytest
from exclave.controller import CompileError
from exclave.controller.compile import trampoline_ir
from exclave.controller.errors import ExecutorError

MACHINE = os.uname().machine
VECTORS = "<4 x double> <double 1.0, double 2.0, double 3.0, double 4.0>, i32 7, <8 x float> <float 100.0, float 200.0, float 300.0, float 400.0, float 1000.0, float 2000.0, float 3000.0, float 4000.0>"
REAL = """
define double @real(i64 %a, double %x, <4 x double> %v, i32 %b, <8 x float> %w) {
  %s = call double @llvm.vector.reduce.fadd.v4f64(double 0.0, <4 x double> %v)
  %t = call float @llvm.vector.reduce.fadd.v8f32(float 0.0, <8 x float> %w)
  %u = fpext float %t to double
  %a.d = sitofp i64 %a to double
  %b.d = sitofp i32 %b to double
  %1 = fadd double %s, %u
  %2 = fadd double %1, %a.d
  %3 = fadd double %2, %b.d
  %4 = fadd double %3, %x
  ret double %4
}
%Large = type { i64, i64, i64, i64 }
define void @many(ptr sret(%Large) %out, i64 %a, i64 %b, i64 %c, i64 %d, i64 %e, i64 %f, i64 %g, i64 %h,
                  double %i, double %j, double %k, double %l, double %m, double %n, double %o, double %p, double %q) {
  %1 = shl i64 %b, 8
  %2 = shl i64 %c, 16
  %3 = shl i64 %d, 24
  %4 = shl i64 %e, 32
  %5 = shl i64 %f, 40
  %6 = shl i64 %g, 48
  %7 = shl i64 %h, 56
  %8 = or i64 %a, %1
  %9 = or i64 %8, %2
  %10 = or i64 %9, %3
  %11 = or i64 %10, %4
  %12 = or i64 %11, %5
  %13 = or i64 %12, %6
  %14 = or i64 %13, %7
  store i64 %14, ptr %out
  %20 = fadd double %i, %j
  %21 = fadd double %20, %k
  %22 = fadd double %21, %l
  %23 = fadd double %22, %m
  %24 = fadd double %23, %n
  %25 = fadd double %24, %o
  %26 = fadd double %25, %p
  %27 = fadd double %26, %q
  %28 = fptosi double %27 to i64
  %second = getelementptr %Large, ptr %out, i32 0, i32 1
  store i64 %28, ptr %second
  ret void
}
"""
USERS = f"""
%Large = type {{ i64, i64, i64, i64 }}
declare double @lazy(i64, double, <4 x double>, i32, <8 x float>)
declare void @lazy_many(ptr sret(%Large), i64, i64, i64, i64, i64, i64, i64, i64, double, double, double, double, double, double, double, double, double)
define double @go(i64 %a) {{
  %r = call double @lazy(i64 %a, double 0.5, {VECTORS})
  ret double %r
}}
define i64 @go_many(i64 %which) {{
  %out = alloca %Large
  call void @lazy_many(ptr sret(%Large) %out, i64 1, i64 2, i64 3, i64 4, i64 5, i64 6, i64 7, i64 8, double 1.0, double 2.0, double 4.0, double 8.0, double 16.0, double 32.0, double 64.0, double 128.0, double 256.0)
  %p = getelementptr i64, ptr %out, i64 %which
  %r = load i64, ptr %p
  ret i64 %r
}}
"""


@pytest.fixture(scope="module")
def executor(executor_here_and_afar):
    return executor_here_and_afar


@pytest.fixture
def session(executor):
    with executor.session() as handle:
        yield handle


def add_trampoline(session, symbol, resolve):
    number = session._calls.callbacks.lazy.add(resolve)
    session.add_ir(trampoline_ir(number, symbol, MACHINE))
    return number


def lazily(session, asked, name):
    """Adds the real code when it is asked for the first time."""

    def resolve():
        if not asked:
            session.add_ir(REAL)
        asked.append(name)
        return session.lookup(name)

    return resolve


def test_all_arguments_survive_compiling_and_linking_in_between(session):
    asked = []
    add_trampoline(session, "lazy", lazily(session, asked, "real"))
    session.add_ir(USERS.partition("define i64 @go_many")[0])
    go = session.function("go")
    assert [go(1_000_000), go(-5)] == [1_011_017.5, 11_012.5]
    assert asked == ["real", "real"]


def test_arguments_on_the_stack_and_a_result_in_memory(session):
    asked = []
    add_trampoline(session, "lazy", lazily(session, asked, "real"))
    add_trampoline(session, "lazy_many", lazily(session, asked, "many"))
    session.add_ir(USERS)
    go = session.function("go_many")
    assert (go(0), go(1)) == (0x0807060504030201, 511)


def test_what_goes_wrong_is_the_exception_of_the_call(session):
    def resolve():
        session.add_ir("define nonsense")

    add_trampoline(session, "lazy", resolve)
    session.add_ir(USERS.partition("define i64 @go_many")[0])
    session.add_ir("define i64 @fine() { ret i64 3 }")
    with pytest.raises(CompileError, match=r"nonsense|expected"):
        session.function("go")(1)
    assert session.function("fine")() == 3


def test_a_number_that_is_none(session):
    number = add_trampoline(session, "lazy", lambda: 0)
    session._calls.callbacks.lazy.remove(number)
    session.add_ir(USERS.partition("define i64 @go_many")[0])
    with pytest.raises(ExecutorError, match=r"lazy function number 0, which there is not"):
        session.function("go")(1)
