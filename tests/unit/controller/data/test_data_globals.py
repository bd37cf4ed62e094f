"""Global variables are values of their types; what does not fit is refused before a byte is written."""

import ctypes
import math
import pickle
from collections import OrderedDict
from types import SimpleNamespace

import numpy as np
import pytest
from exclave.controller.data import GlobalVariables, UnknownGlobalError
from exclave.controller.data.values import bytes_of, value_of
from exclave.controller.errors import ArgumentRangeError, ExclaveError, SignatureError
from exclave.controller.model import ExecutorAddr
from hypothesis import given
from hypothesis import strategies as st
from support_data import F16, F32, F64, I1, I8, I16, I32, I64, PTR, U8, U32, U64, array, integer, struct, vector

POINT = struct(F64, I8, I32, names=("x", "tag", "y"))


class Code:
    """Variables in one piece of memory."""

    def __init__(self, **variables):
        self.places, self.memory = {}, bytearray()
        for name, (given_type, constant) in variables.items():
            self.places[name] = (given_type, constant, 0x1000 + len(self.memory))
            self.memory += bytes(given_type.size if given_type else 8)
        self.globals = GlobalVariables(self.places.__getitem__, lambda: self.places, self.read, self.write)

    def read(self, address, size):
        assert size > 0
        return bytes(self.memory[address - 0x1000 : address - 0x1000 + size])

    def write(self, address, data):
        assert isinstance(data, bytes)
        self.memory[address - 0x1000 : address - 0x1000 + len(data)] = data


def test_read_and_written_by_name():
    code = Code(counter=(I32, False), ratio=(F64, False), table=(array(I32, 3), False))
    code.globals["counter"] = -5
    code.globals["ratio"] = 1.5
    code.globals["table"] = [1, 2, 3]
    assert (
        bytes(code.memory)
        == np.array([-5], "<i4").tobytes() + np.array([1.5]).tobytes() + np.arange(1, 4, dtype="<i4").tobytes()
    )
    assert (code.globals["counter"], code.globals["ratio"]) == (-5, 1.5)
    assert code.globals["table"].tolist() == [1, 2, 3]


def test_what_is_read_is_a_copy():
    code = Code(table=(array(I32, 3), False))
    table = code.globals["table"]
    table[0] = 7
    assert code.globals["table"].tolist() == [0, 0, 0]
    code.globals["table"] = table
    assert code.globals["table"].tolist() == [7, 0, 0]


def test_a_mapping():
    code = Code(beta=(I32, False), alpha=(F64, True))
    assert list(code.globals) == ["alpha", "beta"]
    assert len(code.globals) == 2
    assert "alpha" in code.globals
    assert "gamma" not in code.globals
    assert 5 not in code.globals
    assert dict(code.globals) == {"alpha": 0.0, "beta": 0}
    assert code.globals.get("gamma") is None
    assert repr(code.globals) == "<exclave global variables: alpha, beta>"
    assert repr(Code().globals) == "<exclave global variables: none>"
    assert "and 2 more" in repr(Code(**{f"v{i}": (I8, False) for i in range(10)}).globals)


def test_an_unknown_name_says_which_are_like_it():
    code = Code(counter=(I32, False), count=(I32, False))
    for use in (lambda: code.globals["countr"], lambda: code.globals.__setitem__("countr", 1)):
        with pytest.raises(KeyError) as caught:
            use()
        assert isinstance(caught.value, UnknownGlobalError)
        assert isinstance(caught.value, ExclaveError)
        assert str(caught.value) == "no global variable is called 'countr': did you mean counter or count?"
        assert set(caught.value.close_matches) == {"counter", "count"}
    with pytest.raises(UnknownGlobalError, match=r"no global variable is called 'zzz'$"):
        code.globals["zzz"]
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.name) == (str(caught.value), "countr")


def test_constants_are_read_only():
    code = Code(limit=(I32, True))
    assert code.globals["limit"] == 0
    with pytest.raises(SignatureError, match="limit is a constant"):
        code.globals["limit"] = 1
    assert not any(code.memory)


def test_without_a_type():
    code = Code(mystery=(None, False))
    for use in (lambda: code.globals["mystery"], lambda: code.globals.__setitem__("mystery", 1)):
        with pytest.raises(SignatureError, match="mystery: its type is not known"):
            use()


def test_nothing_is_written_when_something_does_not_fit():
    code = Code(p=(POINT, False), t=(array(I8, 3), False))
    for name, value in [("p", (1.0, 2, 1 << 40)), ("p", (1.0, 2)), ("t", [1, 2, 300]), ("t", [1, 2])]:
        with pytest.raises(ExclaveError):
            code.globals[name] = value
    assert not any(code.memory)


def test_an_array_of_nothing():
    code = Code(empty=(array(I32, 0), False))
    assert code.globals["empty"].shape == (0,)
    code.globals["empty"] = []


# -- values -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_type", "value", "content"),
    [
        (I1, True, b"\1"), (I1, False, b"\0"), (I8, -1, b"\xff"), (U8, 255, b"\xff"), (I16, -2, b"\xfe\xff"),
        (I32, 1 << 30, b"\0\0\0\x40"), (I64, -1, b"\xff" * 8), (U64, (1 << 64) - 1, b"\xff" * 8),
        (integer(24), -1, b"\xff\xff\xff\0"), (integer(7), -1, b"\x7f"), (integer(48, False), 5, b"\5" + bytes(7)),
        (F16, 1.0, b"\0\x3c"), (F32, 1.0, b"\0\0\x80\x3f"), (F64, -2.0, bytes(7) + b"\xc0"),
        (PTR, ExecutorAddr(0x1234), b"\x34\x12" + bytes(6)),
        (vector(F32, 4), (1.0, 0.0, 0.0, 0.0), b"\0\0\x80\x3f" + bytes(12)),
        (vector(I32, 3), (1, 2, -1), b"\1\0\0\0\2\0\0\0\xff\xff\xff\xff" + bytes(4)),
        (struct(I8, I32), (1, 2), b"\1\0\0\0\2\0\0\0"),
        (POINT, (1.0, 2, 3), bytes(6) + b"\xf0\x3f\2\0\0\0\3\0\0\0"),
        (struct(struct(I8, I8), PTR), ((1, 2), ExecutorAddr(3)), b"\1\2" + bytes(6) + b"\3" + bytes(7)),
        (array(integer(24), 2), (1, -1), b"\1\0\0\0\xff\xff\xff\0"),
        (array(vector(I32, 3), 1), ((1, 2, 3),), b"\1\0\0\0\2\0\0\0\3\0\0\0" + bytes(4)),
    ],
    ids=str,
)  # fmt: skip
def test_values_and_bytes(given_type, value, content):
    assert len(content) == given_type.size
    assert bytes_of(given_type, value, "v") == content
    found = value_of(given_type, content)
    assert found == value
    assert type(found) is type(value) or isinstance(found, tuple)


@pytest.mark.parametrize(
    ("given_type", "value", "dtype"),
    [
        (array(I32, 3), [1, -2, 3], "<i4"), (array(U8, 3), [1, 2, 255], "u1"), (array(F32, 2), [0.5, 1], "<f4"),
        (array(I1, 3), [True, False, True], "?"), (array(PTR, 2), [1, (1 << 64) - 1], "<u8"),
        (array(array(I16, 2), 3), [[1, 2], [3, 4], [5, 6]], "<i2"), (array(F64, 1), np.array([2.0]), "<f8"),
    ],
    ids=str,
)  # fmt: skip
def test_arrays(given_type, value, dtype):
    content = bytes_of(given_type, value, "v")
    found = value_of(given_type, content)
    assert (found.dtype, found.tolist()) == (np.dtype(dtype), np.array(value, dtype).tolist())
    assert content == np.array(value, dtype).tobytes()
    assert found.flags.writeable
    assert bytes_of(given_type, found, "v") == content
    if np.ndim(value) == 1:
        assert bytes_of(given_type, tuple(value), "v") == content


def test_arrays_of_structs():
    points = array(POINT, 2)
    content = bytes_of(points, [(1.0, 2, 3), {"x": 4.0, "y": 6, "tag": 5}], "v")
    found = value_of(points, content)
    assert found.tolist() == [(1.0, 2, 3), (4.0, 5, 6)]
    assert bytes_of(points, found, "v") == content


def test_structs_are_tuples_with_names():
    found = value_of(POINT, bytes_of(POINT, {"x": 1.0, "y": 3, "tag": 2}, "v"))
    assert (found, found.x, found.y) == ((1.0, 2, 3), 1.0, 3)
    odd = struct(I8, I8, names=("class", "ok"))
    assert value_of(odd, b"\1\2") == (1, 2)


def test_ctypes_and_records_are_structs_too():
    class Point(ctypes.Structure):
        _fields_ = [("x", ctypes.c_double), ("tag", ctypes.c_int8), ("y", ctypes.c_int32)]

    wanted = bytes_of(POINT, (1.0, 2, 3), "v")
    assert bytes_of(POINT, Point(1.0, 2, 3), "v") == wanted
    assert bytes_of(POINT, np.array([(1.0, 2, 3)], POINT.dtype)[0], "v") == wanted
    assert bytes_of(array(I32, 2), (ctypes.c_int * 2)(1, 2), "v") == b"\1\0\0\0\2\0\0\0"


def test_characters_are_filled_up_as_in_c():
    text = array(I8, 5)
    assert bytes_of(text, b"abc", "v") == b"abc\0\0"
    assert bytes_of(text, bytearray(b"abcde"), "v") == b"abcde"
    with pytest.raises(SignatureError, match="takes at most 5 bytes, 6 given"):
        bytes_of(text, b"abcdef", "v")


def test_pointers_take_what_has_an_address():
    assert bytes_of(PTR, None, "v") == bytes(8)
    assert bytes_of(PTR, SimpleNamespace(address=5), "v") == b"\5" + bytes(7)
    assert isinstance(value_of(PTR, bytes(8)), ExecutorAddr)


def test_truth_values_out_of_any_byte():
    assert value_of(I1, b"\xff") is True
    assert value_of(I1, b"\xfe") is False
    found = value_of(array(I1, 4), b"\0\1\2\xff")
    assert found.tolist() == [False, True, False, True]
    assert found.view("u1").tolist() == [0, 1, 0, 1]


def test_too_large_a_float_is_infinity_as_in_c():
    assert value_of(F32, bytes_of(F32, -1e300, "v")) == -math.inf
    assert value_of(array(F32, 1), bytes_of(array(F32, 1), [1e300], "v"))[0] == math.inf
    with pytest.raises(ArgumentRangeError):
        bytes_of(F64, 10**400, "v")


@pytest.mark.parametrize("given_type", [I32, U64, F32, F64, PTR, array(I32, 1), array(F64, 1), struct(I64)], ids=str)
def test_an_integer_that_python_does_not_print_is_refused_as_any_other(given_type):
    value = 10**5000 if given_type.kind in ("int", "float", "ptr") else [10**5000]
    with pytest.raises((ArgumentRangeError, SignatureError), match=r"^v"):
        bytes_of(given_type, value, "v")


@pytest.mark.parametrize(
    ("given_type", "value", "says"),
    [
        (I8, 256, "v: 256 does not fit i8, which takes -128 to 255"), (U8, -1, "v: -1 does not fit"),
        (I1, 2, "v: 2 does not fit"), (PTR, -1, "v: -1 does not fit"), (PTR, 1 << 64, "does not fit"),
        (array(I8, 3), [1, 256, 3], "v, element 1: 256 does not fit i8"),
        (array(array(U8, 2), 2), [[1, 2], [3, -4]], "v, element 1, 1: -4 does not fit"),
        (array(I64, 2), [1 << 64, -1], "v, element 0: 18446744073709551616 does not fit"),
        (array(U32, 2), np.array([1, 1 << 33]), "v, element 1: 8589934592 does not fit"),
        (POINT, (1.0, 500, 3), "v, tag: 500 does not fit"),
        (array(POINT, 2), [(1.0, 1, 1), (1.0, 1, 1 << 33)], "v, element 1, y: 8589934592 does not fit"),
    ],
    ids=str,
)  # fmt: skip
def test_what_does_not_fit(given_type, value, says):
    with pytest.raises(ArgumentRangeError) as caught:
        bytes_of(given_type, value, "v")
    assert says in str(caught.value)
    assert isinstance(caught.value, OverflowError)


@pytest.mark.parametrize(
    ("given_type", "value", "says"),
    [
        (I8, 1.0, "v: i8 wanted, float given"), (I8, "1", "v: i8 wanted, str given"), (I8, None, "NoneType given"),
        (F64, "1.0", "v: f64 wanted, str given"), (F64, None, "NoneType"), (F64, 1j, "complex given"),
        (PTR, 1.5, "v: ptr wanted, float given"), (I32, np.array([1, 2]), "ndarray given"),
        (array(I32, 3), [1, 2], "has the shape (3,), an array of shape (2,) given"),
        (array(I32, 3), 5, "has the shape (3,), an array of shape () given"),
        (array(I32, 2), [1.0, 2.0], "v: elements of i32 wanted, float given"),
        (array(I32, 2), ["a", "b"], "wanted, an array of <U1 given"), (array(F64, 1), [1j], "an array of complex128"),
        (array(I32, 2), [[1], [1, 2]], "v: elements of i32 wanted, list of no shape given"), (array(I32, 1), [...], "wanted, ellipsis given"),
        (array(I32, 3), b"abc", "has the shape (3,)"), (array(I1, 2), np.array([1.0, 0.0]), "v: elements of i1 (bool) wanted, an array of float64 given"),
        (vector(F32, 4), (1, 2, 3), "v: <4 x f32> has 4 parts, 3 given"), (vector(F32, 4), 1.0, "float given"),
        (POINT, (1.0, 2), "has 3 parts, 2 given"), (POINT, {"x": 1}, "dict given"), (POINT, (1.0, 2, "y"), "v, y: i32 wanted, str given"),
        (POINT, OrderedDict(x=1, y=2, z=3), "OrderedDict given"), (POINT, "xyz", "str given"),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_of_another_type(given_type, value, says):
    with pytest.raises(SignatureError) as caught:
        bytes_of(given_type, value, "v")
    assert says in str(caught.value)
    assert isinstance(caught.value, TypeError)


@given(number=st.integers(-(1 << 70), 1 << 70), bits=st.integers(1, 64), signed=st.sampled_from([None, True, False]))
def test_any_integer_fits_or_is_refused(number, bits, signed):
    wanted = integer(bits, signed)
    try:
        content = bytes_of(wanted, number, "v")
    except ArgumentRangeError:
        assert not wanted.low <= number <= wanted.high
        return
    assert (value_of(wanted, content) - number) % (1 << bits) == 0
    if -(1 << (bits - 1)) <= number < 1 << (bits - 1) and signed is not False and bits > 1:
        assert value_of(wanted, content) == number


@given(
    numbers=st.lists(st.integers(-(1 << 65), 1 << 65), max_size=5),
    bits=st.sampled_from([8, 16, 32, 64]),
    signed=st.sampled_from([None, True, False]),
)
def test_an_array_is_what_its_elements_are_one_by_one(numbers, bits, signed):
    item = integer(bits, signed)
    wanted = array(item, len(numbers))
    try:
        expected = b"".join(bytes_of(item, number, "v") for number in numbers)
    except ArgumentRangeError:
        with pytest.raises(ArgumentRangeError):
            bytes_of(wanted, numbers, "v")
        return
    assert bytes_of(wanted, numbers, "v") == expected
    assert value_of(wanted, expected).tolist() == [
        value_of(item, expected[i : i + item.size]) for i in range(0, len(expected), item.size)
    ]
