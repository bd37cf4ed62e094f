"""`map` gives what a loop over NumPy's broadcasting gives; the adapter sees only memory that is there."""

import struct
from types import SimpleNamespace

import numpy as np
import pytest
from exclave.controller.data import array_of, call_scope, make_array, prepare_map
from exclave.controller.errors import ArgumentRangeError, ExecutorError, OutOfMemoryError, SignatureError
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from support_data import (
    BASE,
    F32,
    F64,
    I1,
    I8,
    I32,
    I64,
    PTR,
    U8,
    U64,
    VOID,
    ZONE_BYTES,
    TestBed,
    array,
    integer,
    vector,
)
from support_data import struct as struct_of


class Signature(SimpleNamespace):
    def __str__(self):
        return f"{self.restype} ({', '.join(map(str, self.argtypes))})"


def of(restype, *argtypes):
    return Signature(restype=restype, argtypes=argtypes)


def adapter(bed, signature, function, slots):
    """What the native map adapter does, by its specification."""
    words = struct.unpack(f"<{len(slots) // 8}Q", slots)
    count, index, result, result_stride = words[:4]
    assert index == 0
    for i in range(count):
        values = []
        for n, argtype in enumerate(signature.argtypes):
            address = (words[4 + 2 * n] + i * words[5 + 2 * n]) % (1 << 64)
            assert BASE <= address <= address + argtype.size <= BASE + ZONE_BYTES
            values.append(np.frombuffer(bed.bytes_at(address, argtype.size), argtype.dtype)[0])
        returned = function(*values)
        if signature.restype.kind != "void":
            bed.poke(result + i * result_stride, np.array([returned]).astype(signature.restype.dtype).tobytes())


def mapped(bed, signature, function, *args, out=None):
    with call_scope(bed.zone) as pointers:
        batch = prepare_map(signature, args, pointers, out)
        assert len(batch.slots) == 8 * (4 + 2 * len(args))
        pointers.ship()
        if batch.count:
            adapter(bed, signature, function, batch.slots)
    return batch.result()


def add(x, y):
    return x + y


# -- shapes -------------------------------------------------------------------------------------------------------


def test_equal_shapes_and_scalars(bed):
    xs = np.arange(5.0)
    assert mapped(bed, of(F64, F64, F64), add, xs, xs).tolist() == [0, 2, 4, 6, 8]
    assert mapped(bed, of(F64, F64, F64), add, xs, 10).tolist() == [10, 11, 12, 13, 14]
    assert mapped(bed, of(F64, F64, F64), add, 0.5, xs).tolist() == [0.5, 1.5, 2.5, 3.5, 4.5]
    grid = xs[:4].reshape(2, 2)
    assert mapped(bed, of(F64, F64, F64), add, grid, grid.T).tolist() == [[0, 3], [3, 6]]
    assert mapped(bed, of(F64, F64, F64), add, [1, 2], [3, 4]).tolist() == [4, 6]
    assert bed.taken == 0


def test_scalars_only_give_a_scalar(bed):
    found = mapped(bed, of(F64, F64, F64), add, 1, 2)
    assert found == 3.0
    assert np.ndim(found) == 0
    assert mapped(bed, of(I32), lambda: 7) == 7


def test_nothing_to_do(bed):
    found = mapped(bed, of(F32, F64), None, np.zeros((0, 3)))
    assert (found.shape, found.dtype) == ((0, 3), np.float32)


def test_void(bed):
    seen = []
    assert mapped(bed, of(VOID, I32), seen.append, np.arange(3)) is None
    assert seen == [0, 1, 2]


@settings(max_examples=150, deadline=None)
@given(
    shapes=hnp.mutually_broadcastable_shapes(num_shapes=3, max_side=4, max_dims=3),
    data=st.data(),
    is_here=st.booleans(),
)
def test_broadcasting_is_numpys(shapes, data, is_here):
    bed = TestBed(is_here)
    try:
        numbers = st.integers(-100, 100)
        plain = [data.draw(hnp.arrays("<i4", shape, elements=numbers)) for shape in shapes.input_shapes]
        args = [data.draw(st.sampled_from([one, one.tolist(), array_of(bed.zone, one)])) for one in plain]
        expected = plain[0] + plain[1] * 3 - plain[2]
        found = mapped(bed, of(I32, I32, I32, I32), lambda x, y, z: x + y * 3 - z, *args)
        np.testing.assert_array_equal(found, expected)
        assert np.shape(found) == expected.shape
    finally:
        bed.close()


def test_shapes_that_do_not_go_together(bed):
    with pytest.raises(SignatureError, match=r"do not go together: argument 1: \(3,\), argument 2: \(4,\)"):
        mapped(bed, of(F64, F64, F64), add, np.zeros(3), np.zeros(4))
    assert bed.taken == 0


# -- numbers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("argtype", "dtype"),
    [
        (F64, "i4"), (F64, "f4"), (F64, "?"), (F64, ">f8"), (F32, "f8"), (I32, "i8"), (I32, "u2"), (I32, "?"), (I64, "u8"),
        (U64, "i8"), (U8, "i8"), (I8, "u1"), (I1, "?"), (I1, "i8"), (I32, ">i4"),
    ],
    ids=str,
)  # fmt: skip
def test_numbers_of_one_kind_are_converted(bed, argtype, dtype):
    values = np.array([0, 1, 1, 0], dtype)
    assert mapped(bed, of(I32, argtype), int, values).tolist() == [0, 1, 1, 0]


@pytest.mark.parametrize(
    ("argtype", "dtype"),
    [(I32, "f8"), (I1, "f4"), (F64, "c16"), (I32, "U3"), (F64, "S2"), (I64, "M8[s]"), (F64, "O")],
    ids=str,
)
def test_numbers_of_another_kind_are_refused(bed, argtype, dtype):
    with pytest.raises(TypeError, match=f"argument 2: elements of {argtype} .* wanted") as caught:
        mapped(bed, of(I32, F64, argtype), None, 1.0, np.zeros(3, dtype))
    assert caught.value.position == 2
    assert bed.taken == 0


def test_ranges_are_checked_and_the_element_named(bed):
    with pytest.raises(ArgumentRangeError, match="argument 1, element 2: 300 does not fit i8") as caught:
        mapped(bed, of(I32, I8), None, [1, 2, 300])
    assert caught.value.position == 1
    with pytest.raises(OverflowError, match="argument 1, element 1, 0: -1 does not fit u8"):
        mapped(bed, of(I32, U8), None, np.array([[1, 2], [-1, 4]]))
    with pytest.raises(OverflowError, match="argument 1: 300 does not fit i8"):
        mapped(bed, of(I32, I8), None, 300)
    with pytest.raises(OverflowError, match="argument 1, element 1: 18446744073709551616"):
        mapped(bed, of(I32, U64), None, [1, 1 << 64])


def test_large_integers_stay_exact(bed):
    seen = []
    mapped(bed, of(VOID, U64), lambda x: seen.append(int(x)), [1, (1 << 64) - 1])
    mapped(bed, of(VOID, I64), lambda x: seen.append(int(x)), np.array([(1 << 64) - 1], "u8"))
    assert seen == [1, (1 << 64) - 1, -1]


def test_odd_bytes_of_truth_values_are_bits(bed):
    with call_scope(bed.zone) as pointers:
        batch = prepare_map(of(I1, I32), (np.arange(4),), pointers)
        bed.poke(struct.unpack_from("<Q", batch.slots, 16)[0], b"\0\1\2\3")
    assert batch.result().tolist() == [False, True, False, True]


@pytest.mark.parametrize("argtype", [vector(F32, 4), array(F32, 4), integer(24), VOID], ids=str)
def test_what_map_does_not_pass(bed, argtype):
    with pytest.raises(SignatureError, match="argument 1: "):
        mapped(bed, of(I32, argtype), None, np.zeros(3))
    if argtype != VOID:
        with pytest.raises(SignatureError, match="the result: "):
            mapped(bed, of(argtype, I32), None, np.zeros(3, "i4"))
    assert bed.taken == 0


def test_records(bed):
    pair = struct_of(I32, F64, names=("a", "b"))
    values = np.array([(1, 2.0), (3, 4.0)], pair.dtype)
    assert mapped(bed, of(F64, pair), lambda one: one["a"] * one["b"], values).tolist() == [2, 12]
    with pytest.raises(SignatureError, match="argument 1: records of "):
        mapped(bed, of(F64, pair), None, np.zeros(3))
    found = mapped(bed, of(pair, I32), lambda x: np.array((x, x), pair.dtype), [1, 2])
    assert found.tolist() == [(1, 1.0), (2, 2.0)]


def test_the_number_of_arguments(bed):
    with pytest.raises(SignatureError, match=r"takes 2 arguments f64 \(f64, f64\), got 1"):
        mapped(bed, of(F64, F64, F64), add, np.zeros(3))


# -- pointers -----------------------------------------------------------------------------------------------------


def test_one_pointer_for_all(bed):
    table = np.array([10.0, 20.0, 30.0])

    def look_up(place, index):
        bed.poke(int(place), np.array([99.0]).tobytes())
        return bed.numbers_at(int(place), "f8", 3)[index]

    assert mapped(bed, of(F64, PTR, I64), look_up, table, [1, 2, 2]).tolist() == [20, 30, 30]
    assert table.tolist() == [99, 20, 30]
    remote = array_of(bed.zone, table)
    assert mapped(bed, of(F64, PTR, I64), look_up, remote, [1, 2]).tolist() == [20, 30]


def test_one_address_for_each(bed):
    texts = ["a", b"bc", None, 5]
    seen = []
    mapped(bed, of(VOID, PTR), lambda place: seen.append(int(place)), texts)
    assert all(BASE <= place < BASE + ZONE_BYTES for place in seen[:2])
    assert seen[2:] == [0, 5]
    assert mapped(bed, of(PTR, PTR), lambda place: place, [0, (1 << 64) - 1]).tolist() == [0, (1 << 64) - 1]
    with pytest.raises(SignatureError, match="argument 1: a float has no address"):
        mapped(bed, of(VOID, PTR), None, [1.5])


# -- what lies there already --------------------------------------------------------------------------------------


def places(bed, signature, args, out=None):
    with call_scope(bed.zone) as pointers:
        words = struct.unpack(f"<{4 + 2 * len(args)}Q", prepare_map(signature, args, pointers, out).slots)
    return list(zip(words[2::2], words[3::2], strict=True))


def test_arrays_over_there_are_used_in_place(bed):
    xs, one, grid = array_of(bed.zone, np.arange(4.0)), array_of(bed.zone, [2.0]), array_of(bed.zone, np.zeros((2, 2)))
    assert places(bed, of(VOID, F64, F64), (xs, one)) == [(0, 0), (xs.address, 8), (one.address, 0)]
    assert places(bed, of(VOID, F64), (grid,)) == [(0, 0), (grid.address, 8)]
    assert mapped(bed, of(F64, F64, F64), add, xs, one).tolist() == [2, 3, 4, 5]
    assert mapped(bed, of(F32, F32, F32), add, xs, xs).tolist() == [0, 2, 4, 6]  # another dtype: a copy
    assert mapped(bed, of(F64, F64, F64), add, grid, array_of(bed.zone, [1.0, 2.0])).tolist() == [[1, 2], [1, 2]]


def test_views_of_them_are_used_in_place(here):
    xs = array_of(here.zone, np.arange(10.0))
    grid = array_of(here.zone, np.arange(12.0).reshape(3, 4))
    records = make_array(here.zone, 3, [("a", "<i4"), ("b", "<f8")])
    assert places(here, of(VOID, F64), (xs.view[::3],))[1] == (xs.address, 24)
    assert places(here, of(VOID, F64), (xs.view[::-1],))[1] == (xs.address + 72, (1 << 64) - 8)
    assert places(here, of(VOID, F64), (grid.view[:, 1],))[1] == (grid.address + 8, 32)
    assert places(here, of(VOID, F64), (grid.view[1:],))[1] == (grid.address + 32, 8)
    assert places(here, of(VOID, F64), (grid.view[1:, None],))[1] == (grid.address + 32, 8)
    assert places(here, of(VOID, F64), (grid.view[:, ::2],))[1] == (grid.address, 16)
    assert places(here, of(VOID, I32), (records.view["a"],))[1] == (records.address, 12)
    for copied in (grid.view.T, grid.view[:, :3], records.view["b"]):  # no single stride, or not aligned
        address, stride = places(here, of(VOID, F64), (copied,))[1]
        assert stride == 8
        assert not grid.address <= address < grid.address + 96
        assert mapped(here, of(F64, F64), lambda x: x, copied).tolist() == copied.tolist()
    assert mapped(here, of(F64, F64, F64), add, xs.view[::-1], xs.view).tolist() == [9] * 10


def test_results_in_place(bed):
    out = make_array(bed.zone, 4, "f8")
    assert mapped(bed, of(F64, F64, F64), add, np.arange(4.0), 1, out=out) is out
    assert out.get().tolist() == [1, 2, 3, 4]
    assert places(bed, of(F64, F64), (out,), out) == [(out.address, 8), (out.address, 8)]


def test_results_into_an_array_here(bed):
    out = np.zeros((2, 2), "f4")
    assert mapped(bed, of(F64, F64), lambda x: x, [[1, 2], [3, 4]], out=out.T) is not None
    assert out.tolist() == [[1, 3], [2, 4]]


@pytest.mark.parametrize(
    ("restype", "make", "says"),
    [
        (F64, lambda zone: np.zeros(3), r"out= has the shape \(3,\), the results have \(2,\)"),
        (F64, lambda zone: make_array(zone, 3), r"out= has the shape \(3,\), the results have \(2,\)"),
        (F64, lambda zone: np.zeros(2, "i4"), "out= has int32 elements"),
        (F64, lambda zone: make_array(zone, 2, "f4"), "out= has float32 elements"),
        (VOID, lambda zone: np.zeros(2), "returns nothing"),
    ],
)
def test_what_out_cannot_be(bed, restype, make, says):
    with pytest.raises(SignatureError, match=says):
        mapped(bed, of(restype, F64), None, [1.0, 2.0], out=make(bed.zone))


def test_no_room(bed):
    with pytest.raises(OutOfMemoryError):
        mapped(bed, of(F64, F64), None, np.broadcast_to(1.0, 1 << 40))
    with pytest.raises(OutOfMemoryError):
        mapped(bed, of(F64, F64, F64), None, np.zeros((100_000, 1)), np.zeros((1, 100_000)))
    assert bed.taken == 0


def test_arguments_and_results_travel_together(afar):
    """From afar: one write before the call, one read after it."""
    numbers, factor = np.arange(5.0), np.full(5, 2.0)
    assert mapped(afar, of(F64, F64, F64, PTR), lambda x, y, _: x * y, numbers, factor, np.zeros(3)).tolist() == [
        0, 2, 4, 6, 8,
    ]  # fmt: skip
    assert (afar.far.writes, afar.far.reads) == (1, 1)


# -- naming elements ----------------------------------------------------------------------------------------------


def left(index, count=0):
    """Slots as an adapter leaves them."""
    return struct.pack("<QQ", count, index)


@pytest.fixture
def batches(bed):
    shapes = {"flat": (5,), "grid": (2, 3), "none": (0,), "one": ()}
    with call_scope(bed.zone) as pointers:
        yield {name: prepare_map(of(F64, F64), (np.zeros(shape),), pointers) for name, shape in shapes.items()}


def test_elements_are_named_by_what_the_adapter_left(batches):
    flat, grid = batches["flat"], batches["grid"]
    assert (flat.element(left(0)), flat.element(left(4)), grid.element(left(4))) == (0, 4, (1, 1))
    assert batches["one"].element(left(0)) == ()


@pytest.mark.parametrize("slots", [left(5), left((1 << 64) - 1), left(1 << 63), b"", left(1)[:15]])
def test_foreign_code_may_leave_anything(batches, slots):
    assert batches["flat"].element(slots) is None
    assert batches["none"].element(slots) is None


def test_errors_say_at_which_element(batches):
    ours, theirs, rigid = ExecutorError("map f: no"), ValueError("bad"), Slotted("bad")
    for error in (ours, theirs, rigid):
        batches["grid"].name_element(error, left(5))
    assert (str(ours), ours.element) == ("map f: no; it was at element (1, 2)", (1, 2))
    assert (theirs.__notes__, theirs.element) == (["in a map: it was at element (1, 2)"], (1, 2))
    assert rigid.__notes__ == ["in a map: it was at element (1, 2)"]


def test_an_error_of_which_nothing_is_known_stays_as_it_is(batches):
    error = ExecutorError("map f: no")
    batches["flat"].name_element(error, b"")
    assert (str(error), error.element) == ("map f: no", None)


class Slotted(ValueError):
    """Takes no attribute of this name."""

    @property
    def element(self):
        return "mine"
