"""What is given for a pointer is there during the call, comes back if it may, and leaves nothing behind."""

import array as stdlib_array
import ctypes
import gc
from types import SimpleNamespace

import numpy as np
import pytest
from exclave.controller.data import array_of, call_scope, make_array
from exclave.controller.errors import ExclaveError, OutOfMemoryError, SignatureError
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from support_data import F32, F64, I8, I32, PTR, U32, ZONE_BYTES, TestBed, integer, pointer, struct

CONST = pointer(const=True)


class Pair(ctypes.Structure):
    _fields_ = [("a", ctypes.c_int, 3), ("p", ctypes.c_void_p), ("b", ctypes.c_short)]  # bits: NumPy does not read it


def placed(pointers, value, argtype, position):
    """Its address, where it lies now."""
    address = pointers.address_of(value, argtype, position)
    pointers.ship()
    return address


def passed(bed, value, argtype=PTR, then=None):
    """The bytes that the callee saw; `then` are those that it left there."""
    with call_scope(bed.zone) as pointers:
        address = placed(pointers, value, argtype, 1)
        size = memoryview(value).nbytes if not isinstance(value, str | bytes) else len(value) + 1
        seen = bed.bytes_at(address, size)
        if then is not None:
            bed.poke(address, then)
    return seen


def pass_all(pointers, *values):
    for position, value in enumerate(values):
        placed(pointers, value, PTR, position + 1)


# -- every kind of value ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [
        lambda: bytearray(b"abcd"),
        lambda: memoryview(bytearray(b"abcd")),
        lambda: memoryview(bytearray(b"abcd")).cast("H"),
        lambda: stdlib_array.array("i", [1, 2]),
        lambda: (ctypes.c_int * 3)(1, 2, 3),
        lambda: ctypes.create_string_buffer(b"abc"),
        lambda: ctypes.c_int(5),
        lambda: ctypes.c_double(5),
        lambda: Pair(1, 2, 3),
        lambda: (Pair * 2)(),
        lambda: np.arange(5),
        lambda: np.array(2.5),
        lambda: np.zeros((2, 3), "c16"),
        lambda: np.array([(1, 2.0)], [("a", "i4"), ("b", "f8")]),
        lambda: np.ma.masked_array([1, 2], [True, False]),
    ],
)
def test_writable_memory_goes_there_and_comes_back(bed, make):
    value = make()
    before = bytes(memoryview(value).cast("B") if not isinstance(value, ctypes.Structure | ctypes.Array) else value)
    left = bytes(range(100, 100 + len(before)))
    assert passed(bed, value, then=left) == before
    assert bytes(value) == left
    assert bed.taken == 0


def test_what_says_const_does_not_come_back(bed):
    for value in (bytearray(b"abcd"), np.arange(4, dtype="u1")):
        before = bytes(value)
        assert passed(bed, value, CONST, then=b"wxyz") == before
        assert bytes(value) == before


def test_read_only_memory_does_not_come_back(bed):
    values = np.arange(4, dtype="u1")
    values.flags.writeable = False
    for value in (values, memoryview(b"\0\1\2\3"), np.broadcast_to(np.uint8(7), 4)):
        before = np.array(value).tolist()
        with call_scope(bed.zone) as pointers:
            address = placed(pointers, value, PTR, 1)
            assert list(bed.bytes_at(address, 4)) == before
            bed.poke(address, b"wxyz")
        assert np.array(value).tolist() == before


def test_bytes_and_text_end_with_nul(bed):
    assert passed(bed, b"abc") == b"abc\0"
    assert passed(bed, b"") == b"\0"
    assert passed(bed, b"a\0b") == b"a\0b\0"
    assert passed(bed, "abc", CONST) == b"abc\0"
    assert passed(bed, "", pointer(I8)) == b"\0"
    with call_scope(bed.zone) as pointers:
        assert bed.bytes_at(placed(pointers, "h\u00e9", PTR, 1), 4) == b"h\xc3\xa9\0"
        wide = placed(pointers, "h\u00e9", pointer(I32, const=True), 2)
        assert bed.bytes_at(wide, 4) == b"h\xc3\xa9\0"  # one object is one copy
        assert bed.bytes_at(placed(pointers, "x\u00e9", pointer(I32), 3), 12) == b"x\0\0\0\xe9\0\0\0\0\0\0\0"


def test_bytes_are_never_written_to(bed):
    value = b"abc"
    passed(bed, value, then=b"xyz")
    assert value == b"abc"


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
def test_text_that_is_no_c_string(bed, text):
    with pytest.raises(SignatureError, match="argument 4: ") as caught, call_scope(bed.zone) as pointers:
        placed(pointers, text, PTR, 4)
    assert caught.value.position == 4


def test_any_layout_is_in_c_order_there(bed):
    base = np.arange(24.0).reshape(4, 6)
    for value in (base.T, base[::2, ::-3], np.asfortranarray(base), base[:, 1], base.astype(">f8")):
        mine = value.copy("K") if value.dtype.isnative else value
        with call_scope(bed.zone) as pointers:
            address = placed(pointers, mine, pointer(F64), 1)
            there = bed.numbers_at(address, "<f8", mine.size).reshape(mine.shape)
            np.testing.assert_array_equal(there, mine)
            bed.poke(address, (there * 2).tobytes())
            expected = mine * 2
        np.testing.assert_array_equal(mine, expected)


def test_views_with_gaps_come_back_without_touching_the_gaps(bed):
    base = np.zeros(6, "u1")
    with call_scope(bed.zone) as pointers:
        bed.poke(placed(pointers, base[::2], PTR, 1), b"\1\2\3")
    assert base.tolist() == [1, 0, 2, 0, 3, 0]
    buffer = bytearray(6)
    with call_scope(bed.zone) as pointers:
        bed.poke(placed(pointers, memoryview(buffer)[::2], PTR, 1), b"\1\2\3")
    assert list(buffer) == [1, 0, 2, 0, 3, 0]


def test_empty_memory_has_an_address_too(bed):
    for value in (np.zeros(0), np.zeros((3, 0)), bytearray(), (ctypes.c_int * 0)()):
        with call_scope(bed.zone) as pointers:
            assert placed(pointers, value, PTR, 1) > 0


# -- references, and what lies there already ----------------------------------------------------------------------


def test_byref(bed):
    numbers = (ctypes.c_int * 4)(1, 2, 3, 4)
    with call_scope(bed.zone) as pointers:
        first = placed(pointers, ctypes.byref(numbers), PTR, 1)
        third = placed(pointers, ctypes.byref(numbers, 8), PTR, 2)
        assert third == first + 8
        bed.poke(third, b"\x09\0\0\0")
    assert list(numbers) == [1, 2, 9, 4]


def test_a_pointer_of_ctypes_says_too_little(bed):
    with pytest.raises(SignatureError, match="argument 2: a ctypes pointer does not say how much"):
        call_scope(bed.zone).address_of(ctypes.pointer(ctypes.c_int(1)), PTR, 2)


def test_an_array_over_there_is_its_address(bed):
    numbers = array_of(bed.zone, np.arange(4.0))
    with call_scope(bed.zone) as pointers:
        assert placed(pointers, numbers, PTR, 1) == numbers.address
        assert placed(pointers, numbers, CONST, 2) == numbers.address
    numbers.free()
    with pytest.raises(ExclaveError, match="was freed"), call_scope(bed.zone) as pointers:
        placed(pointers, numbers, PTR, 1)


def test_it_stays_allocated_during_the_call(bed):
    numbers = make_array(bed.zone, 1000)
    with call_scope(bed.zone) as pointers:
        placed(pointers, numbers, PTR, 1)
        numbers.free()  # another thread's doing
        del numbers
        gc.collect()
        assert bed.taken == 8192
    assert bed.taken == 0


def test_an_array_of_another_session_is_refused(bed):
    other = TestBed(here=True)
    numbers = array_of(other.zone, [1.0])
    with pytest.raises(SignatureError, match=r"argument 3: .* belongs to another session"):
        call_scope(bed.zone).address_of(numbers, PTR, 3)
    assert isinstance(call_scope(bed.zone).address_of(numbers.get(), PTR, 3), int)
    with call_scope(bed.zone) as pointers:  # its view is memory of this process like any other
        assert bed.numbers_at(placed(pointers, numbers.view, PTR, 1), "f8", 1)[0] == 1.0
    other.close()


def test_a_view_of_it_is_its_memory(here):
    numbers = array_of(here.zone, np.arange(10.0))
    with call_scope(here.zone) as pointers:
        assert placed(pointers, numbers.view, PTR, 1) == numbers.address
        assert placed(pointers, numbers.view[3:5], PTR, 1) == numbers.address + 24
        gaps = placed(pointers, numbers.view[::2], PTR, 1)
        assert not numbers.address <= gaps < numbers.address + numbers.nbytes
        assert here.numbers_at(gaps, "f8", 5).tolist() == [0, 2, 4, 6, 8]


def test_what_has_an_address(bed):
    function = SimpleNamespace(address=0x1234)
    with call_scope(bed.zone) as pointers:
        assert placed(pointers, function, PTR, 1) == 0x1234


@pytest.mark.parametrize(
    "value",
    [3.5, [1, 2], (1, 2), {}, object(), lambda: 1, np.float64(2), np.bool_(True), SimpleNamespace(address="x"),
     ctypes.CFUNCTYPE(None)(lambda: None)],
)  # fmt: skip
def test_what_has_none(bed, value):
    with pytest.raises(SignatureError, match=r"argument 7: a .* has no address in the worker") as caught:
        call_scope(bed.zone).address_of(value, PTR, 7)
    assert caught.value.position == 7
    assert bed.taken == 0


def test_objects_are_refused(bed):
    values = np.array([object()] * 4)
    for value in (values, memoryview(values), memoryview(values)[::2], (ctypes.py_object * 2)(), ctypes.py_object()):
        with pytest.raises(SignatureError, match="argument 1: an array of Python's objects"):
            call_scope(bed.zone).address_of(value, PTR, 1)


def test_names_of_fields_are_no_objects(bed):
    class Names(ctypes.Structure):
        _fields_ = [("O", ctypes.c_int), ("OFFSET", ctypes.c_int)]

    assert passed(bed, Names(1, 2)) == b"\1\0\0\0\2\0\0\0"


def test_what_numpy_takes_as_an_array(bed):
    """Other libraries' arrays."""

    class Foreign:
        def __init__(self):
            self.values = np.arange(4)
            self.__array_interface__ = self.values.__array_interface__

    foreign = Foreign()
    with call_scope(bed.zone) as pointers:
        address = placed(pointers, foreign, PTR, 1)
        assert bed.numbers_at(address, "i8", 4).tolist() == [0, 1, 2, 3]
        bed.poke(address, np.array([9]).tobytes())
    assert foreign.values.tolist() == [9, 1, 2, 3]


@pytest.mark.parametrize(
    ("dtype", "pointee", "fits"),
    [
        ("f8", F64, True), ("f4", F64, False), ("i8", F64, False), ("c16", F64, True), ("c8", F64, False),
        ("i4", I32, True), ("u4", I32, True), ("i4", U32, True), ("i8", I32, False), ("f4", I32, False),
        ("u1", I32, True), ("?", I32, True), ("S8", F64, True), ("i8", I8, True), ("f8", None, True), ("f4", F32, True),
        ("f8", struct(F64, F64), True), ("i8", integer(24), False),
    ],
)  # fmt: skip
def test_numbers_are_those_that_the_pointer_says(bed, dtype, pointee, fits):
    values = np.zeros(4, dtype)
    with call_scope(bed.zone) as pointers:
        if fits:
            assert placed(pointers, values, pointer(pointee), 1)
        else:
            with pytest.raises(
                SignatureError, match=f"argument 1: a pointer to {pointee} wanted, an array of {values.dtype}"
            ):
                placed(pointers, values, pointer(pointee), 1)


# -- the scope ----------------------------------------------------------------------------------------------------


def test_one_value_is_one_copy(bed):
    values = np.arange(4)
    with call_scope(bed.zone) as pointers:
        first = placed(pointers, values, CONST, 1)
        assert placed(pointers, values, PTR, 2) == first
        assert placed(pointers, values.copy(), PTR, 3) != first
        bed.poke(first, np.array([9]).tobytes())
    assert values.tolist() == [9, 1, 2, 3]


def test_a_call_that_failed_changes_nothing_and_leaves_nothing(bed):
    values = np.arange(4)

    def call(pointers):
        bed.poke(placed(pointers, values, PTR, 1), bytes(32))
        placed(pointers, "text", PTR, 2)
        pointers.temporary(100_000)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), call_scope(bed.zone) as pointers:
        call(pointers)
    assert values.tolist() == [0, 1, 2, 3]
    assert bed.taken == 0


def test_an_argument_that_is_refused_leaves_nothing(bed):
    with pytest.raises(SignatureError), call_scope(bed.zone) as pointers:
        pass_all(pointers, np.zeros(5000), object())
    assert bed.taken == 0


def test_no_room(bed):
    with pytest.raises(OutOfMemoryError), call_scope(bed.zone) as pointers:
        pass_all(pointers, np.zeros(100), np.zeros(ZONE_BYTES))
    assert bed.taken == 0


def test_a_write_that_fails_leaves_nothing(afar):
    def refuse(contents):
        raise ExclaveError("no")

    afar.far.write_memory = refuse
    with pytest.raises(ExclaveError, match="no"), call_scope(afar.zone) as pointers:
        placed(pointers, np.zeros(5000), PTR, 1)
    assert afar.taken == 0


def test_reading_back_that_fails_leaves_nothing(afar):
    def refuse(places):
        raise ExclaveError("no")

    afar.far.read_into = refuse
    with pytest.raises(ExclaveError, match="no"), call_scope(afar.zone) as pointers:
        pass_all(pointers, np.zeros(5000), np.zeros(5000))
    assert afar.taken == 0


def test_many_arrays_travel_together(afar):
    """However many there are: one write before the call, one read after it."""
    values = [np.full(n, n % 256, "u1") for n in (3, 0, 5000, 7)]
    fixed = np.ones(4)
    fixed.flags.writeable = False
    with call_scope(afar.zone) as pointers:
        addresses = [pointers.address_of(value, PTR, 1) for value in values]
        pointers.address_of(fixed, PTR, 5)
        assert afar.far.writes == 0
        pointers.ship()
        assert [afar.bytes_at(a, v.nbytes) for a, v in zip(addresses, values, strict=True)] == [*map(bytes, values)]
        for address, value in zip(addresses, values, strict=True):
            afar.poke(address, bytes(value + 1))
    assert [value.tolist() for value in values] == [[4] * 3, [], [137] * 5000, [8] * 7]
    assert (afar.far.writes, afar.far.reads) == (1, 1)


def test_nothing_to_bring_is_no_rpc(afar):
    with call_scope(afar.zone) as pointers:
        pointers.ship()
        placed(pointers, np.zeros(0), PTR, 1)
    assert (afar.far.writes, afar.far.reads) == (0, 0)


def test_nothing_comes_back_before_all_of_it_came(afar):
    def break_off(places):
        places[0][1][:] = bytes(len(places[0][1]))
        raise ExclaveError("no")

    afar.far.read_into = break_off
    values = np.ones(4), np.ones(4)
    with pytest.raises(ExclaveError, match="no"), call_scope(afar.zone) as pointers:
        pass_all(pointers, *values)
    assert [value.tolist() for value in values] == [[1] * 4] * 2


def test_temporaries_last_until_the_end(bed):
    with call_scope(bed.zone) as pointers:
        places = {pointers.temporary(1000) for _ in range(10)}
        assert len(places) == 10
        assert all(place % 64 == 0 for place in places)
    assert bed.taken == 0


@settings(max_examples=200, deadline=None)
@given(
    values=hnp.arrays(
        st.sampled_from(["i1", "<i4", ">i4", "<f8", ">f8", "?", "S3", "<c8", "M8[s]"]),
        hnp.array_shapes(min_side=0, max_side=5),
    ),
    data=st.data(),
    is_here=st.booleans(),
)
def test_any_array_there_and_back(values, data, is_here):
    bed = TestBed(is_here, size=1 << 20)
    try:
        index = data.draw(hnp.basic_indices(values.shape))
        mine = values[index] if isinstance(values[index], np.ndarray) else values[(*np.atleast_1d(index), ...)]
        mine = mine.transpose(data.draw(st.permutations(range(mine.ndim))))
        seen = mine.copy()
        new = data.draw(hnp.arrays(values.dtype, mine.shape))
        with call_scope(bed.zone) as pointers:
            address = placed(pointers, mine, PTR, 1)
            there = bed.bytes_at(address, seen.nbytes)
            little = seen.dtype.newbyteorder("<")
            assert there == seen.astype(little).tobytes()
            bed.poke(address, new.astype(little).tobytes())
        np.testing.assert_array_equal(mine, new)
        assert bed.taken == 0
    finally:
        bed.close()
