"""Values through adapters and stubs: arguments in every register and on the stack, results, structs, both ways."""

from __future__ import annotations

import ctypes
import math
import random

import pytest
from exclave.controller.types import parse_type
from support_signatures import NARROW, numbers, signatures, weighed, weight


def test_integers_of_every_width(session):
    for name, widen in NARROW.items():
        llvm = parse_type(name).llvm
        session.add_ir(f"define i64 @widen_{name}({llvm} %x) {{ %r = {widen} {llvm} %x to i64  ret i64 %r }}")
        session.add_ir(f"define {llvm} @narrow_{name}(i64 %x) {{ %r = trunc i64 %x to {llvm}  ret {llvm} %r }}")
    for name in NARROW:
        bits, unsigned = parse_type(name).bits, NARROW[name] == "zext"
        least, most = (0, (1 << bits) - 1) if unsigned else (-(1 << bits - 1), (1 << bits - 1) - 1)
        for value in (least, most, 1):
            assert session.function(f"widen_{name}", "i64", [name])(value) == value
            assert session.function(f"narrow_{name}", name, ["i64"])(value - (5 << 40)) == value


def test_floats(session):
    session.add_ir("""
        define float @half(float %x) { %r = fmul float %x, 0.5  ret float %r }
        define double @third(double %x) { %r = fdiv double %x, 3.0  ret double %r }
        define double @mixed(float %a, i32 %b, double %c, i64 %d) {
          %a.d = fpext float %a to double  %b.d = sitofp i32 %b to double  %d.d = uitofp i64 %d to double
          %1 = fadd double %a.d, %b.d  %2 = fmul double %1, %c  %3 = fadd double %2, %d.d  ret double %3
        }
    """)
    assert [session.function("half")(x) for x in (3.0, -0.0, math.inf)] == [1.5, 0.0, math.inf]
    assert math.copysign(1, session.function("half")(-0.0)) == -1
    assert session.function("third")(1.0) == 1 / 3
    assert math.isnan(session.function("third")(math.nan))
    assert session.function("mixed")(1.5, -3, 4.0, 1 << 63) == -6.0 + float(1 << 63)


def test_arguments_wherever_they_are_passed(session):
    choose = random.Random(8)
    for number, argtypes in enumerate(signatures()):
        session.add_ir(weighed(f"weighed_{number}", argtypes))
        for _ in range(3):
            values = numbers(choose, argtypes)
            assert session.function(f"weighed_{number}", "f64", argtypes)(*values) == weight(values)


def test_arguments_come_to_callbacks_as_they_were(session):
    choose = random.Random(9)
    seen = []
    for number, argtypes in enumerate(signatures()):
        session.define(f"note_{number}", session.callback(lambda *given: seen.append(given) or 7, "i64", argtypes))
        values = numbers(choose, argtypes)
        assert session.function(f"note_{number}", "i64", argtypes)(*values) == 7
        assert seen.pop() == tuple(values)


class Small(ctypes.Structure):
    _fields_ = (("a", ctypes.c_int8), ("b", ctypes.c_int64))


class Pair(ctypes.Structure):
    _fields_ = (("x", ctypes.c_double), ("y", ctypes.c_double))


class Three(ctypes.Structure):
    _fields_ = (("x", ctypes.c_float), ("y", ctypes.c_float), ("z", ctypes.c_float))


class Mixed(ctypes.Structure):
    _fields_ = (("n", ctypes.c_int32), ("x", ctypes.c_double))


class Large(ctypes.Structure):
    _fields_ = (("numbers", ctypes.c_int64 * 5), ("x", ctypes.c_double))


class Nested(ctypes.Structure):
    _fields_ = (("inner", Mixed), ("bytes", ctypes.c_uint8 * 3))


STRUCTS = {
    Small: Small(-5, 1 << 50),
    Pair: Pair(1.25, -2.5),
    Three: Three(1.0, 2.0, 3.5),
    Mixed: Mixed(-7, 0.75),
    Large: Large((ctypes.c_int64 * 5)(1, 2, 3, 4, -5), 9.5),
    Nested: Nested(Mixed(3, 1.5), (ctypes.c_uint8 * 3)(1, 2, 255)),
}


def as_bytes(values):
    return [bytes(one) if isinstance(one, ctypes.Structure) else one for one in values]


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: struct.__name__)
def test_structs_by_value_through_a_stub_and_back(session, struct):
    """The adapter passes it, the callback's stub takes it: each by the rules, with ever fewer registers left."""
    seen = []

    def last(*given):
        seen.append(given)
        return given[-1]

    for before in (0, 5, 8):
        argtypes = [*["i64", "f64"] * before, struct, "i32", struct]
        values = [*[11, 2.5] * before, STRUCTS[struct], 3, STRUCTS[struct]]
        session.define(f"last_{before}", session.callback(last, struct, argtypes))
        result = session.function(f"last_{before}", struct, argtypes)(*values)
        assert bytes(result) == bytes(STRUCTS[struct])
        assert as_bytes(seen.pop()) == as_bytes(values)


def test_a_map_over_arrays(session):
    session.add_ir(
        "define double @axpy(double %a, float %x, i8 %y) { %x.d = fpext float %x to double  %y.d = sitofp i8 %y to double  %p = fmul double %a, %x.d  %r = fadd double %p, %y.d  ret double %r }"
    )
    assert list(session.function("axpy").map(2.0, [1.0, 2.0, 3.5], [1, -1, -128])) == [3.0, 3.0, -121.0]
