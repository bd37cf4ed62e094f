"""Quick packing, and signatures of calls to variadic functions."""

import ctypes
import math
import struct

import numpy as np
import pytest
from exclave.controller.errors import ArgumentRangeError, SignatureError
from exclave.controller.types import PTR, Signature, Type, parse_type
from hypothesis import given
from hypothesis import strategies as st

PLAIN = [
    "i8",
    "u8",
    "i16",
    "u16",
    "i32",
    "u32",
    "i64",
    "u64",
    "f16",
    "f32",
    "f64",
    "ptr",
    ctypes.c_int8,
    ctypes.c_int64,
]
VALUES = st.one_of(
    st.integers(-(1 << 65), 1 << 65), st.integers(-300, 300), st.floats(), st.booleans(), st.none(), st.just("x"),
    st.just(b"x"), st.integers(-128, 127).map(np.int8), st.just(np.float64(1.5)), st.just(ctypes.c_int(3)), st.just(1j),
)  # fmt: skip


@given(st.data())
def test_quick_packing_makes_the_same_values_or_leaves_it_to_pack(data):
    argtypes = data.draw(st.lists(st.sampled_from(PLAIN), max_size=5))
    restype = data.draw(st.sampled_from(["void", "i32", "{ i64, i64, i64 }"]))
    signature = Signature.parse(restype, argtypes)
    args = [data.draw(VALUES) for _ in argtypes]
    try:
        quick = signature.fast_arguments.pack(*args)
    except (struct.error, OverflowError, TypeError):
        return
    slots = signature.pack(args)
    assert len(quick) == len(slots) == signature.slots_size
    for got, wanted in zip(signature.unpack_arguments(quick), signature.unpack_arguments(slots), strict=True):
        assert got == wanted or (math.isnan(got) and math.isnan(wanted))


@pytest.mark.parametrize(
    ("argtypes", "layout"),
    [
        (["i64", "i32", "i16", "i8"], "<qi4xh6xb7x"),
        (["u64", "u32", "u16", "u8"], "<QI4xH6xB7x"),
        (["f64", "f32", "f16", "ptr"], "<df4xe6xQ"),
    ],
)
def test_the_quick_layout(argtypes, layout):
    assert Signature.parse("void", argtypes).fast_arguments.format == layout + "0x"


@pytest.mark.parametrize("argtypes", [["i1"], ["i24"], ["{ i32 }"], ["<4 x float>"], ["i32", "[2 x i32]"]])
def test_what_only_pack_can_pack(argtypes):
    assert Signature.parse("void", argtypes).fast_arguments is None


def test_the_wrong_number_of_arguments_is_packs_to_tell():
    with pytest.raises(struct.error):
        Signature.parse("void", ["i32"]).fast_arguments.pack(1, 2)


@pytest.mark.parametrize(
    ("restype", "code"),
    [
        ("void", ""),
        ("i8", "q"),
        ("i64", "q"),
        ("u8", "Q"),
        ("ptr", "Q"),
        ("f64", "d"),
        ("f32", "f"),
        ("f16", None),
        ("i1", None),
        ("{ i32 }", None),
        ("<2 x i64>", None),
    ],
)
def test_the_quick_result(restype, code):
    assert Signature.parse(restype, []).fast_result == code


class Pair(ctypes.Structure):
    _fields_ = (("a", ctypes.c_float), ("b", ctypes.c_int))


I32, I64, F64 = Type("int", 32), Type("int", 64), Type("float", 64)


class HasAddress:
    address = 16


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, I32),
        (True, I32),
        (-(1 << 31), I32),
        (1 << 31, I64),
        (1 << 63, I64),
        (1.5, F64),
        (np.float32(1), F64),
        (np.float64(1), F64),
        (np.int8(1), I32),
        (np.uint32(1), Type("int", 32, signed=False)),
        (np.uint64(1), Type("int", 64, signed=False)),
        (np.bool_(True), I32),
        (ctypes.c_short(1), I32),
        (ctypes.c_bool(True), I32),
        (ctypes.c_float(1), F64),
        (ctypes.c_long(1), Type("int", 64, signed=True)),
        (ctypes.c_void_p(1), PTR),
        (ctypes.pointer(ctypes.c_int(1)), PTR),
        ((ctypes.c_int * 2)(), PTR),
        (None, PTR),
        ("text", PTR),
        (b"text", PTR),
        (bytearray(b"x"), PTR),
        (np.zeros(3), PTR),
        (np.array(1), PTR),
        (HasAddress(), PTR),
        (Pair(), parse_type(Pair)),
    ],
)
def test_default_argument_promotions(value, expected):
    signature = Signature.parse("i32", ["ptr"], variadic=True)
    concrete = signature.for_call([0, value])
    assert concrete.argtypes[1] == expected
    assert (concrete.variadic, concrete.fixed) == (False, 1)
    assert concrete.for_call([0, value]) is concrete
    assert str(concrete) == f"i32 (ptr, ..., {expected})"


@pytest.mark.parametrize("value", [1j, object(), [1], ctypes.c_char(b"x"), ctypes.c_longdouble(1)])
def test_values_that_do_not_say_their_c_type(value):
    with pytest.raises(SignatureError, match=r"argument 2: .* does not say its C type"):
        Signature.parse("i32", ["ptr"], variadic=True).for_call([0, value])


def test_text_is_const():
    signature = Signature.parse("i32", [], variadic=True).for_call(["x"])
    assert (signature.argtypes[0].const, signature.argtypes[0].pointee) == (True, Type("int", 8))


def test_structs_in_a_variadic_call_are_cs():
    assert Signature.parse("i32", ["ptr"], variadic=True).for_call([0, Pair()]).c_abi


def test_a_variadic_signature_itself_makes_no_call():
    signature = Signature.parse("i32", ["ptr"], variadic=True)
    assert str(signature) == "i32 (ptr, ...)"
    assert signature.fast_arguments is None
    with pytest.raises(SignatureError, match="for_call"):
        signature.pack([0])
    with pytest.raises(SignatureError, match="at least 1"):
        signature.for_call([])
    with pytest.raises(ArgumentRangeError):
        signature.for_call([0, 1 << 70]).pack([0, 1 << 70])


def test_a_signature_that_is_not_variadic_is_its_own():
    signature = Signature.parse("i32", ["i32"])
    assert signature.for_call([1]) is signature
    assert signature != Signature.parse("i32", ["i32"], variadic=True)
    assert hash(signature) == hash(Signature.parse("i32", ["i32"]))


def test_structs_are_cs_if_they_come_from_ctypes():
    assert Signature.parse(Pair, []).c_abi
    assert not Signature.parse("{ float, i32 }", [ctypes.c_int]).c_abi
    assert Signature.parse("{ float, i32 }", [], c_abi=True).c_abi
