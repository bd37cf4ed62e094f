"""Lazy functions: the trampoline and the entry keep every register that an argument may be in, on each architecture."""

from __future__ import annotations

import random

import pytest
from exclave.controller import CompileError
from exclave.controller.compile import trampoline_ir
from exclave.controller.errors import ExecutorError
from exclave.controller.types import parse_type
from support_signatures import numbers, signatures, weighed, weight


@pytest.fixture
def lazily(session, architecture):
    """Gives a name a trampoline; the real function, `name.real`, is added when the trampoline is called first."""
    asked = []

    def define(name, code):
        def resolve():
            if name not in asked:
                session.add_ir(code)
            asked.append(name)
            return session.lookup(f"{name}.real")

        number = session._calls.callbacks.lazy.add(resolve)
        session.add_ir(trampoline_ir(number, name, architecture))
        return number

    define.asked = asked
    return define


def caller_of(name, argtypes):
    types = ", ".join(parse_type(one).llvm for one in argtypes)
    arguments = ", ".join(f"{parse_type(one).llvm} %a{i}" for i, one in enumerate(argtypes))
    return f"declare double @{name}({types})  define double @call_{name}({arguments}) {{ %r = call double @{name}({arguments})  ret double %r }}"


def test_arguments_survive_compiling_and_linking_in_between(session, lazily):
    choose = random.Random(3)
    for number, argtypes in enumerate(signatures()):
        name = f"lazy_{number}"
        lazily(name, weighed(f"{name}.real", argtypes))
        session.add_ir(caller_of(name, argtypes))
        for _ in range(2):
            values = numbers(choose, argtypes)
            assert session.function(f"call_{name}", "f64", argtypes)(*values) == weight(values)
    assert len(lazily.asked) == 2 * len(signatures())


VECTORS = """
declare double @vectors(i64, <2 x double>, <4 x float>, double, <16 x i8>)
define double @go(i64 %a, double %d) {
  %r = call double @vectors(i64 %a, <2 x double> <double 1.0, double 20.0>, <4 x float> <float 0.5, float 300.0, float 0.25, float 4000.0>, double %d,
    <16 x i8> <i8 1, i8 2, i8 3, i8 4, i8 5, i8 6, i8 7, i8 8, i8 9, i8 10, i8 11, i8 12, i8 13, i8 14, i8 15, i8 16>)
  ret double %r
}
"""
VECTORS_REAL = """
declare double @llvm.vector.reduce.fadd.v2f64(double, <2 x double>)
declare float @llvm.vector.reduce.fadd.v4f32(float, <4 x float>)
declare i8 @llvm.vector.reduce.add.v16i8(<16 x i8>)
define double @vectors.real(i64 %a, <2 x double> %v, <4 x float> %w, double %d, <16 x i8> %x) {
  %1 = call double @llvm.vector.reduce.fadd.v2f64(double %d, <2 x double> %v)
  %2 = call float @llvm.vector.reduce.fadd.v4f32(float 0.0, <4 x float> %w)
  %3 = call i8 @llvm.vector.reduce.add.v16i8(<16 x i8> %x)
  %4 = fpext float %2 to double
  %5 = uitofp i8 %3 to double
  %6 = sitofp i64 %a to double
  %7 = fadd double %1, %4
  %8 = fadd double %7, %5
  %9 = fadd double %8, %6
  ret double %9
}
"""


def test_vectors_survive(session, lazily):
    lazily("vectors", VECTORS_REAL)
    session.add_ir(VECTORS)
    assert session.function("go")(-5, 0.5) == 0.5 + 21 + 4300.75 + 136 - 5


def test_a_result_in_memory_and_its_address(session, lazily):
    lazily(
        "large",
        """
        define void @large.real(ptr sret([4 x i64]) %out, i64 %x, double %y) {
          %last = getelementptr i64, ptr %out, i64 3
          %n = fptosi double %y to i64
          store i64 %x, ptr %out
          store i64 %n, ptr %last
          ret void
        }""",
    )
    session.add_ir("""
        declare void @large(ptr sret([4 x i64]), i64, double)
        define i64 @go(i64 %x, double %y) {
          %out = alloca [4 x i64]
          call void @large(ptr sret([4 x i64]) %out, i64 %x, double %y)
          %first = load i64, ptr %out
          %last.p = getelementptr i64, ptr %out, i64 3
          %last = load i64, ptr %last.p
          %r = sub i64 %first, %last
          ret i64 %r
        }""")
    assert session.function("go")(100, 30.0) == 70


def test_the_address_of_a_lazy_function_is_the_trampolines(session, lazily):
    lazily("f", "define i64 @f.real(i64 %x) { %r = mul i64 %x, 7  ret i64 %r }")
    session.add_ir(
        "declare i64 @f(i64)  @table = global [1 x ptr] [ptr @f]  define i64 @go(i64 %x) { %f = load ptr, ptr @table  %r = call i64 %f(i64 %x)  ret i64 %r }"
    )
    assert [session.function("go")(x) for x in (1, 2)] == [7, 14]
    assert int.from_bytes(session.read_memory(session.lookup("table"), 8), "little") == session.lookup("f")
    assert lazily.asked == ["f", "f"]


def test_what_goes_wrong_is_the_exception_of_the_call(session, lazily):
    number = lazily("f", "define nonsense")
    session.add_ir(
        "declare i64 @f(i64)  define i64 @go(i64 %x) { %r = call i64 @f(i64 %x)  ret i64 %r }  define i64 @fine() { ret i64 3 }"
    )
    with pytest.raises(CompileError):
        session.function("go")(1)
    session._calls.callbacks.lazy.remove(number)
    with pytest.raises(ExecutorError, match="which there is not"):
        session.function("go")(1)
    assert session.function("fine")() == 3
