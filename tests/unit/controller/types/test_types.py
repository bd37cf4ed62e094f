"""What an argument may be, and how it lies in a slot: as ctypes users expect."""

import ctypes
import math
import struct

import numpy as np
import pytest
from exclave.controller.errors import ArgumentRangeError, SignatureError
from exclave.controller.types import PTR, VOID, Signature, Type, parse_type
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("given_type", "expected"),
    [
        ("i1", Type("int", 1)),
        ("i32", Type("int", 32)),
        (" i64 ", Type("int", 64)),
        ("u16", Type("int", 16, signed=False)),
        ("f64", Type("float", 64)),
        ("double", Type("float", 64)),
        ("float", Type("float", 32)),
        ("half", Type("float", 16)),
        ("ptr", PTR),
        ("i8*", PTR),
        ("void", VOID),
        (None, VOID),
        (ctypes.c_int, Type("int", 32, signed=True)),
        (ctypes.c_uint8, Type("int", 8, signed=False)),
        (ctypes.c_size_t, Type("int", 64, signed=False)),
        (ctypes.c_bool, Type("int", 1)),
        (ctypes.c_float, Type("float", 32)),
        (ctypes.c_double, Type("float", 64)),
        (ctypes.c_void_p, PTR),
        (ctypes.c_char_p, PTR),
        (ctypes.POINTER(ctypes.c_int), PTR),
        (ctypes.CFUNCTYPE(None), PTR),
    ],
)
def test_types_as_people_write_them(given_type, expected):
    assert parse_type(given_type) == expected


@pytest.mark.parametrize(
    "nonsense",
    [
        10**5000,
        "i0",
        "i65",
        "i128",
        "f80",
        "{i32, i32",
        "{}",
        "[4 i8]",
        "[x x i8]",
        "<vscale x 4 x i32>",
        "%T",
        "ptr addrspace(1)",
        "i32, i32",
        "",
        "int32",
        3,
        object(),
        int,
        ctypes.Structure,
        ctypes.c_longdouble,
        ctypes.c_char,
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_type_says_what_is(nonsense):
    with pytest.raises(SignatureError, match="give i1 to i64"):
        parse_type(nonsense)


@pytest.mark.parametrize(
    "argtypes", ["i32", None, 10**5000, ["void"], [None], ["i32"] * 1025], ids=lambda value: type(value).__name__
)
def test_argument_lists_that_are_none(argtypes):
    with pytest.raises(SignatureError):
        Signature.parse("i32", argtypes)


@pytest.mark.parametrize("bits", [1, 8, 16, 32, 64])
def test_signless_integers_take_both_readings_of_their_top_bit_and_no_more(bits):
    signature = Signature.parse("void", [f"i{bits}"])
    low, high = (0, 1) if bits == 1 else (-(1 << (bits - 1)), (1 << bits) - 1)
    for value in (low, 0, high):
        assert int.from_bytes(signature.pack([value]), "little") == value & ((1 << 64) - 1)
    for value in (low - 1, high + 1):
        with pytest.raises(ArgumentRangeError, match=f"argument 1: {value} does not fit i{bits}"):
            signature.pack([value])


@pytest.mark.parametrize(
    ("ctype", "low", "high"),
    [(ctypes.c_int8, -128, 127), (ctypes.c_uint8, 0, 255), (ctypes.c_int32, -(1 << 31), (1 << 31) - 1)],
)
def test_ctypes_integers_have_one_reading(ctype, low, high):
    signature = Signature.parse("void", [ctype])
    signature.pack([low])
    signature.pack([high])
    for value in (low - 1, high + 1):
        with pytest.raises(OverflowError):
            signature.pack([value])


@pytest.mark.parametrize("argtype", ["i1", "i64", "u8", "ptr", "f32", "f64", ctypes.c_int])
@pytest.mark.parametrize("value", [10**5000, -(10**5000)], ids=["large", "small"])
def test_integers_that_python_does_not_print_are_refused_shortly(argtype, value):
    with pytest.raises(ArgumentRangeError, match="argument 1: an integer of 16610 bits does not fit"):
        Signature.parse("void", [argtype]).pack([value])


@given(st.integers(-(1 << 31), (1 << 31) - 1))
def test_signed_results_come_back_as_c_has_them(value):
    for restype in ("i32", ctypes.c_int):
        signature = Signature.parse(restype, ["i32"])
        assert signature.unpack(signature.pack([value])) == value


@given(st.integers(0, (1 << 16) - 1))
def test_unsigned_results(value):
    signature = Signature.parse(ctypes.c_uint16, [ctypes.c_uint16])
    assert signature.unpack(signature.pack([value])) == ctypes.c_uint16(value).value


@given(st.floats(allow_nan=False), st.sampled_from(["f32", "f64"]))
def test_floats_round_as_c_does(value, name):
    signature = Signature.parse(name, [name])
    expected = value if name == "f64" else ctypes.c_float(value).value
    assert signature.unpack(signature.pack([value])) == expected


def test_results_that_are_no_numbers():
    assert Signature.parse("void", []).unpack(bytes(8)) is None
    assert Signature.parse("i1", []).unpack(b"\x01" + bytes(7)) is True
    assert Signature.parse("ptr", []).unpack(b"\xff" * 8) == (1 << 64) - 1
    assert math.isnan(Signature.parse("f64", []).unpack(struct.pack("<d", math.nan)))
    with pytest.raises(ValueError, match="8 bytes"):
        Signature.parse("i32", []).unpack(b"")


class HasIndex:
    def __index__(self):
        return 7


@pytest.mark.parametrize(
    ("argtype", "value", "slot"),
    [
        ("ptr", None, 0),
        ("ptr", 0x1234, 0x1234),
        ("i64", HasIndex(), 7),
        ("i64", True, 1),
        ("i32", ctypes.c_int(5), 5),
        ("ptr", (1 << 64) - 1, (1 << 64) - 1),
        ("ptr", ctypes.c_void_p(0x10), 0x10),
        ("ptr", ctypes.c_void_p(None), 0),
        ("i8", np.int64(-1), (1 << 64) - 1),
        ("u8", np.uint8(255), 255),
        ("i1", np.bool_(True), 1),
    ],
)
def test_what_passes_as_an_integer(argtype, value, slot):
    assert int.from_bytes(Signature.parse("void", [argtype]).pack([value]), "little") == slot


@pytest.mark.parametrize(
    ("argtype", "value"),
    [
        ("i32", 1.0),
        ("i32", "1"),
        ("i32", None),
        ("i32", np.float64(1.0)),
        ("i32", np.bool_(True)),
        ("i32", ctypes.c_double(1.0)),
        ("f64", 1j),
        ("ptr", "text"),
        ("ptr", -1),
        ("f64", "1"),
        ("f64", None),
        ("f64", b"1"),
    ],
)
def test_what_does_not_pass_is_a_type_or_overflow_error_that_names_the_argument(argtype, value):
    with pytest.raises((TypeError, OverflowError), match="argument 2"):
        Signature.parse("void", ["i32", argtype]).pack([0, value])


def test_the_number_of_arguments():
    with pytest.raises(SignatureError, match="takes 2 arguments"):
        Signature.parse("i32", ["i32", "i32"]).pack([1])


def test_too_large_for_a_float():
    signature = Signature.parse("f32", ["f32"])
    assert signature.unpack(signature.pack([1e300])) == math.inf
    with pytest.raises(ArgumentRangeError):
        signature.pack([10**400])


@pytest.mark.parametrize("value", [2, 2.0, True, np.float32(2.5), np.int16(-3), ctypes.c_float(0.5), ctypes.c_int(7)])
@pytest.mark.parametrize(("name", "ctype"), [("f32", ctypes.c_float), ("f64", ctypes.c_double)])
def test_what_passes_as_a_float(value, name, ctype):
    signature = Signature.parse(name, [name])
    plain = value.value if isinstance(value, ctypes._SimpleCData) else value
    assert signature.unpack(signature.pack([value])) == ctype(float(plain)).value


INTEGER_CTYPES = [ctypes.c_int8, ctypes.c_uint8, ctypes.c_int16, ctypes.c_uint16, ctypes.c_int32, ctypes.c_uint32]
INTEGER_CTYPES += [ctypes.c_int64, ctypes.c_uint64, ctypes.c_long, ctypes.c_size_t, ctypes.c_ssize_t]


@given(st.sampled_from(INTEGER_CTYPES), st.integers(-(1 << 65), 1 << 65))
def test_integers_that_fit_come_back_and_no_other_does(ctype, value):
    signature = Signature.parse(ctype, [ctype])
    if ctype(value).value == value:
        assert signature.unpack(signature.pack([value])) == value
    else:
        with pytest.raises(OverflowError, match="argument 1"):
            signature.pack([value])


@given(st.binary(min_size=8, max_size=8), st.sampled_from(INTEGER_CTYPES))
def test_a_result_is_the_low_bytes_of_its_slot(slot, ctype):
    assert Signature.parse(ctype, []).unpack(slot) == ctype.from_buffer_copy(slot).value


@given(st.integers(1, 64), st.data())
def test_every_width_takes_both_readings_and_comes_back_signed(bits, data):
    low = 0 if bits == 1 else -(1 << (bits - 1))
    value = data.draw(st.integers(low, (1 << bits) - 1))
    result = Signature.parse(f"i{bits}", [f"i{bits}"])
    back = result.unpack(result.pack([value]))
    assert back % (1 << bits) == value % (1 << bits)
    assert back in range(low, max(1 << (bits - 1), 2))
