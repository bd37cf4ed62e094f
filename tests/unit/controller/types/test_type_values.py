"""Values of structs, arrays, vectors and pointers: what may be given, and what comes back."""

import ctypes
import math

import numpy as np
import pytest
from exclave.controller.errors import ArgumentRangeError, SignatureError
from exclave.controller.types import Signature, parse_type
from hypothesis import given
from hypothesis import strategies as st


class Point(ctypes.Structure):
    _fields_ = (("x", ctypes.c_int), ("y", ctypes.c_double))


class Other(ctypes.Structure):
    _fields_ = (("x", ctypes.c_int), ("y", ctypes.c_double))


class Record(ctypes.Structure):
    _fields_ = (("name", ctypes.c_char * 4), ("points", Point * 2), ("flag", ctypes.c_bool), ("next", ctypes.c_void_p))


def there_and_back(given_type, value):
    signature = Signature.parse(given_type, [given_type])
    return signature.unpack(signature.pack([value]))


@given(st.binary(min_size=ctypes.sizeof(Record), max_size=ctypes.sizeof(Record)))
def test_a_ctypes_struct_comes_back_as_it_was(content):
    back = there_and_back(Record, Record.from_buffer_copy(content))
    assert type(back) is Record
    assert bytes(back) == content


def test_a_struct_may_be_given_in_parts():
    expected = Record(b"ab", (Point * 2)(Point(1, 2.0), Point(3, 4.0)), True, 16)
    for value in (
        (b"ab", [Point(1, 2.0), (3, 4.0)], True, 16),
        {"name": [97, 98, 0, 0], "points": [{"x": 1, "y": 2.0}, (3, 4)], "flag": 1, "next": ctypes.c_void_p(16)},
    ):
        assert bytes(there_and_back(Record, value)) == bytes(expected)


def test_a_struct_of_irs_takes_ctypes_structs_of_its_layout():
    assert there_and_back("{ i32, double }", Point(1, 2.5)) == (1, 2.5)
    with pytest.raises(SignatureError, match=r"argument 1: \{i32, f32\} wanted, Point given"):
        there_and_back("{ i32, float }", Point(1, 2.5))
    with pytest.raises(SignatureError, match="Other given"):
        there_and_back(Point, Other(1, 2.5))


def test_fields_that_have_names_have_them_in_the_result():
    from exclave.controller.types import parse_declaration

    _, signature = parse_declaration("struct p { int x; int class; }; struct p f(struct p)")
    back = signature.unpack(signature.pack([(1, 2)]))
    assert back == (1, 2)
    assert (back.x, back._1) == (1, 2)  # Python has no attribute `class`


@pytest.mark.parametrize(
    ("text", "value", "back"),
    [
        ("<4 x float>", np.arange(4, dtype=np.float32), (0.0, 1.0, 2.0, 3.0)),
        ("<3 x i32>", (1, -2, 3), (1, -2, 3)),
        ("<2 x i64>", [1 << 63, -1], (-(1 << 63), -1)),
        ("[2 x [2 x i8]]", [[1, 2], b"\x03\x04"], ((1, 2), (3, 4))),
        ("[4 x u8]", b"ab", (97, 98, 0, 0)),
        ("[2 x i1]", [True, False], (True, False)),
        ("{ i8, { i1, f16 }, ptr }", (1, (True, 0.5), None), (1, (True, 0.5), 0)),
        ("<{ i8, i64 }>", (-1, -2), (-1, -2)),
        ("{ i24, i33 }", (-1, -2), (-1, -2)),
        ("{ i32, i32 }", np.array([(1, 2)], dtype="i4,i4")[0], (1, 2)),
        ("[3 x i32]", (ctypes.c_int * 3)(1, 2, 3), (1, 2, 3)),
    ],
)
def test_what_has_more_than_one_value(text, value, back):
    assert there_and_back(text, value) == back


@pytest.mark.parametrize(
    ("text", "value", "error", "words"),
    [
        ("{ i32, i32 }", (1,), SignatureError, r"argument 1: \{i32, i32\} has 2 fields, 1 given"),
        ("{ i32, i8 }", (1, 256), ArgumentRangeError, "argument 1, field 1: 256 does not fit i8"),
        ("[2 x { f32, i8 }]", [(1, 1), (1.5, "x")], SignatureError, "argument 1, element 1, field 1: i8 wanted, str"),
        ("<4 x float>", (1, 2), SignatureError, "has 4 elements, 2 given"),
        ("<4 x float>", 1.0, SignatureError, "wanted, float given"),
        ("[2 x i8]", b"abc", SignatureError, "has 2 elements, 3 given"),
        ("[2 x f32]", b"ab", SignatureError, "bytes given"),
        ("{ i32, i32 }", "ab", SignatureError, "str given"),
        ("{ i32, i32 }", {"a": 1, "b": 2}, SignatureError, "dict given"),
        ("{ i32, i32 }", np.int32(5), SignatureError, "int32 given"),
    ],
)
def test_errors_say_where(text, value, error, words):
    with pytest.raises(error, match=words) as caught:
        there_and_back(text, value)
    assert caught.value.position == 1


class Pointers:
    def __init__(self):
        self.asked = []

    def address_of(self, value, argtype, position):
        self.asked.append((value, argtype, position))
        return 0x1000 * position


@pytest.mark.parametrize(
    "value", [b"x", "x", bytearray(b"x"), ctypes.c_int(5), ctypes.c_char_p(b"x"), (ctypes.c_int * 2)()]
)
def test_what_is_no_address_is_marshalled(value):
    pointers = Pointers()
    signature = Signature.parse("void", ["i32", ctypes.POINTER(ctypes.c_int)])
    slots = signature.pack([1, value], pointers)
    assert int.from_bytes(slots[8:], "little") == 0x2000
    ((asked, argtype, position),) = pointers.asked
    assert asked == getattr(value, "value", None) if isinstance(value, ctypes.c_char_p) else asked is value
    assert (argtype.pointee, position) == (parse_type(ctypes.c_int), 2)
    with pytest.raises(SignatureError, match="argument 2: ptr wanted"):
        signature.pack([1, value])


def test_arrays_are_marshalled_even_those_with_an_index():
    pointers = Pointers()
    for array in (np.array(5), np.array([5])):
        Signature.parse("void", ["ptr"]).pack([array], pointers)
    assert len(pointers.asked) == 2
    Signature.parse("void", ["ptr"]).pack([np.int64(5)], pointers)
    assert len(pointers.asked) == 2


def test_pointers_within_structs_are_marshalled():
    pointers = Pointers()
    Signature.parse("void", ["{ i32, ptr }"]).pack([(1, b"text")], pointers)
    assert pointers.asked[0][0] == b"text"


def test_slots_of_vectors_are_aligned():
    signature = Signature.parse("<4 x float>", ["i32", "<4 x float>", "i8", "{ i8, i8, i8 }", "f64"])
    assert signature.offsets == (0, 16, 32, 40, 48)
    assert (signature.slots_size, signature.result_size) == (56, 16)


def test_slots_have_room_for_the_result():
    signature = Signature.parse("{ [5 x i64], i8 }", ["i8"])
    assert (signature.slots_size, signature.result_size) == (48, 48)
    assert len(signature.pack([1])) == 48
    assert (Signature.parse("void", []).slots_size, Signature.parse("void", []).result_size) == (8, 0)


@pytest.mark.parametrize(
    ("restype", "argtypes", "words"),
    [
        ("void", ["[40000 x i8]"], "40000 parts"),
        ("[300 x i8]", [], "300 parts"),
        ("void", ["{ [0 x i8] }"], "no bytes"),
        (ctypes.c_char * 4, [Point], "C does not pass arrays"),
        ("void", [ctypes.POINTER(ctypes.c_int), "void"], "cannot be void"),
    ],
)
def test_signatures_that_cannot_be_called(restype, argtypes, words):
    with pytest.raises(SignatureError, match=words):
        Signature.parse(restype, argtypes)


def test_arguments_that_no_lane_has_room_for():
    large = type("Large", (ctypes.Structure,), {"_fields_": [("text", ctypes.c_char * 20_000)]})
    assert Signature.parse("void", [large]).slots_size == 20_000
    with pytest.raises(SignatureError, match="40000 bytes in all, at most 32768"):
        Signature.parse("void", [large, large])


def test_an_array_as_an_argument_is_a_pointer_as_in_c():
    argument = Signature.parse("void", [ctypes.c_double * 3]).argtypes[0]
    assert (argument, argument.pointee) == (parse_type("ptr"), parse_type("f64"))


# -- the other direction ----------------------------------------------------------------------------------------------


@given(st.integers(-(1 << 31), (1 << 31) - 1), st.floats(allow_nan=False, width=32), st.booleans())
def test_a_callbacks_arguments_come_out_as_they_went_in(number, real, flag):
    signature = Signature.parse("void", ["i32", "f32", "i1", "{ i8, double }", "<4 x i32>", "u16", Point])
    arguments = [number, real, flag, (1, real), (1, 2, 3, number), 65535]
    back = signature.unpack_arguments(signature.pack([*arguments, Point(number, real)]))
    assert back[:6] == arguments
    assert (back[6].x, back[6].y) == (number, real)


@given(st.binary(max_size=80))
def test_slots_from_the_worker_are_values_or_a_value_error(slots):
    signature = Signature.parse("{ i32, [3 x i64] }", ["i1", "f32", "{ i8, double }", "<4 x i32>", Point])
    for unpack, needed in ((signature.unpack, 32), (signature.unpack_arguments, 64)):
        if len(slots) < needed:
            with pytest.raises(ValueError, match="bytes"):
                unpack(slots)
        else:
            unpack(slots)


def test_a_callbacks_result_lies_where_its_stub_looks():
    assert Signature.parse("i32", []).pack_result(-1) == b"\xff" * 8
    assert Signature.parse("f32", []).pack_result(1.0) == b"\0\0\x80\x3f\0\0\0\0"
    assert Signature.parse(Point, []).pack_result((1, 2.0)) == bytes(Point(1, 2.0))
    assert Signature.parse("void", []).pack_result("anything") == b""
    with pytest.raises(SignatureError, match="the callback's result: i32 wanted, NoneType given"):
        Signature.parse("i32", []).pack_result(None)
    with pytest.raises(ArgumentRangeError, match="the callback's result: 256"):
        Signature.parse("i8", []).pack_result(256)


def test_floats_of_16_bits_overflow_as_c_has_it():
    assert there_and_back("{ half }", (1e9,)) == (math.inf,)
