"""Types' names, sizes and offsets, compared with those of ctypes and NumPy, which have them from C."""

import ctypes
import pickle
import subprocess
import sys

import numpy as np
import pytest
from exclave.controller.errors import SignatureError
from exclave.controller.types import PTR, Signature, Type, parse_type
from hypothesis import given
from hypothesis import strategies as st

SIMPLE = [
    ctypes.c_bool, ctypes.c_char, ctypes.c_int8, ctypes.c_uint16, ctypes.c_int32, ctypes.c_uint64, ctypes.c_float,
    ctypes.c_double, ctypes.c_void_p, ctypes.c_char_p, ctypes.POINTER(ctypes.c_int), ctypes.CFUNCTYPE(None),
]  # fmt: skip


def struct_of(fields):
    rows = [(f"f{number}", one) for number, one in enumerate(fields)]
    return type("Made", (ctypes.Structure,), {"_fields_": rows})


C_TYPES = st.recursive(
    st.sampled_from(SIMPLE),
    lambda inner: st.one_of(
        st.tuples(inner, st.integers(1, 4)).map(lambda row: row[0] * row[1]),
        st.lists(inner, min_size=1, max_size=4).map(struct_of),
    ),
    max_leaves=10,
)


@given(st.lists(C_TYPES, min_size=1, max_size=5).map(struct_of))
def test_structs_lie_in_memory_as_ctypes_has_them(made):
    parsed = parse_type(made)
    assert (parsed.size, parsed.alignment) == (ctypes.sizeof(made), ctypes.alignment(made))
    assert list(parsed.offsets) == [getattr(made, name).offset for name, _ in made._fields_]
    assert parsed.names == tuple(name for name, _ in made._fields_)
    assert parsed.dtype.itemsize == parsed.size
    assert [parsed.dtype.fields[name][1] for name in parsed.names] == list(parsed.offsets)
    again = parse_type(parsed.llvm)
    assert (again.llvm, again.size, again.offsets) == (parsed.llvm, parsed.size, parsed.offsets)


@pytest.mark.parametrize(
    ("text", "llvm", "size", "alignment"),
    [
        ("{i8,i32}", "{ i8, i32 }", 8, 4),
        ("<{ i8, i32 }>", "<{ i8, i32 }>", 5, 1),
        ("{ i8, <{ i16, i64 }> }", "{ i8, <{ i16, i64 }> }", 11, 1),
        ("[3 x { i16, i8 }]", "[3 x { i16, i8 }]", 12, 2),
        ("[2 x [3 x float]]", "[2 x [3 x float]]", 24, 4),
        ("<4 x f32>", "<4 x float>", 16, 16),
        ("<3 x float>", "<3 x float>", 16, 16),
        ("<2 x ptr>", "<2 x ptr>", 16, 16),
        ("{ i8, <2 x i32> }", "{ i8, <2 x i32> }", 16, 8),
        ("i1", "i1", 1, 1),
        ("i24", "i24", 4, 4),
        ("i33", "i33", 8, 8),
        ("[0 x i8]", "[0 x i8]", 0, 1),
    ],
)
def test_types_as_ir_writes_them(text, llvm, size, alignment):
    found = parse_type(text)
    assert (found.llvm, found.size, found.alignment) == (llvm, size, alignment)
    assert parse_type(str(found)) == found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<4 x i1>", "a vector of i1"),
        ("<0 x i8>", "at least one element"),
        ("<2 x { i32 }>", "no type"),
        ("{ i32, void }", "void cannot be part"),
        ("[900000000000000 x i8]", "no memory of that size"),
        ("[9" + "9" * 30 + " x i8]", "no type"),
        ("[1 x " * 70 + "i8" + "]" * 70, "no type"),
        ("[1 x " * 200_000, "no type"),
        ("i32 (i32)*", "no type"),
    ],
)
def test_types_that_cannot_be(text, words):
    with pytest.raises(SignatureError, match=words) as caught:
        parse_type(text)
    assert len(str(caught.value)) < 1000


@given(st.text(alphabet="[]{}<>,x* i1832fptr", max_size=40))
def test_noise_is_a_type_or_a_signature_error(text):
    try:
        found = parse_type(text)
    except SignatureError:
        return
    assert parse_type(found.llvm) is not None


@pytest.mark.parametrize(
    ("text", "dtype"),
    [
        ("i1", "?"),
        ("i16", "i2"),
        ("u32", "u4"),
        ("f16", "f2"),
        ("f64", "f8"),
        ("ptr", "u8"),
        ("[2 x [3 x i32]]", ("i4", (2, 3))),
        ("<4 x float>", ("f4", (4,))),
    ],
)
def test_numpys_type(text, dtype):
    assert parse_type(text).dtype == np.dtype(dtype)


@pytest.mark.parametrize("text", ["void", "i24", "<3 x float>", "{ i8, i7 }"])
def test_types_that_numpy_has_not(text):
    with pytest.raises(SignatureError, match="no NumPy dtype"):
        _ = parse_type(text).dtype


def test_a_struct_that_is_written_out_without_end():
    one = Type("int", 8)
    for _ in range(11):
        one = Type("struct", fields=(one, one))
    with pytest.raises(SignatureError, match="8191 fields within fields"):
        Type("struct", fields=(one, one))


class Bits(ctypes.Structure):
    _fields_ = (("a", ctypes.c_int, 3),)


class Packed(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("a", ctypes.c_char), ("b", ctypes.c_int))


class AUnion(ctypes.Union):
    _fields_ = (("a", ctypes.c_int),)


class Base(ctypes.Structure):
    _fields_ = (("a", ctypes.c_int),)


class Derived(Base):
    _fields_ = (("b", ctypes.c_double), ("u", ctypes.c_char * 3))


class Node(ctypes.Structure):
    pass


Node._fields_ = [("next", ctypes.POINTER(Node)), ("value", ctypes.c_int)]


@pytest.mark.parametrize(
    ("given_type", "words"),
    [
        (Bits, "Bits has bit fields: pass a pointer"),
        (Packed, "Packed sets its own packing"),
        (AUnion, "AUnion is a union: pass a pointer"),
        (struct_of([AUnion]), "AUnion is a union"),
        (struct_of([ctypes.c_longdouble]), "Made.f0: a call cannot pass c_longdouble"),
        (type("Big", (ctypes.BigEndianStructure,), {"_fields_": [("a", ctypes.c_int)]}), "big endian"),
    ],
)
def test_structs_with_a_layout_of_their_own_are_refused_but_may_be_pointed_to(given_type, words):
    with pytest.raises(SignatureError, match=words):
        parse_type(given_type)
    assert parse_type(ctypes.POINTER(given_type)) == PTR


def test_fields_of_a_base_come_first():
    assert parse_type(Derived).names == ("a", "b", "u")


def test_what_pointers_point_to():
    assert parse_type(ctypes.POINTER(ctypes.c_double)).pointee == Type("float", 64)
    assert parse_type(ctypes.POINTER(Node)).pointee == parse_type(Node)
    assert parse_type(Node).fields[0].pointee is None  # it would never end
    text = parse_type(ctypes.c_char_p)
    assert (text.const, text.pointee) == (True, Type("int", 8))
    function = parse_type(ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)).function
    assert function == Signature.parse(ctypes.c_int, ["ptr"])


def test_a_pointers_target_takes_no_part_in_comparisons():
    assert {parse_type(ctypes.POINTER(ctypes.c_double)), parse_type("i8*"), parse_type(ctypes.c_char_p)} == {PTR}


def test_types_and_signatures_cross_processes():
    signature = Signature.parse(Derived, [Derived, "{ i32, f32 }", "<4 x float>"])
    assert signature.fast_arguments is None
    again = pickle.loads(pickle.dumps(signature))
    assert (again, hash(again)) == (signature, hash(signature))


def test_importing_types_is_cheap():
    code = (
        "import sys, exclave.controller.types\n"
        "assert not {'numpy', 'pycparser', 'llvmlite'} & set(sys.modules), sorted(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
