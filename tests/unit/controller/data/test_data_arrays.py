"""An array over there is what NumPy's is here, and its memory lasts exactly as long as somebody uses it."""

import copy
import gc
import pickle
import weakref

import numpy as np
import pytest
from exclave.controller.checks import shown
from exclave.controller.data import array_of, make_array
from exclave.controller.errors import ExclaveError, OutOfMemoryError, SignatureError
from exclave.controller.model import ExecutorAddr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from support_data import ZONE_BYTES, TestBed

RECORD = np.dtype([("id", "<i4"), ("weight", "<f8"), ("tag", "S3")])
DTYPES = ["?", "i1", "u1", "<i2", "<u4", "<i8", "<f2", "<f4", "<f8", "<c16", "M8[s]", "S5", "U3", RECORD]


# -- making and filling -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("shape", [(), 5, (3, 4), (0,), (2, 0, 3)], ids=str)
def test_made_of_zeros(bed, shape, dtype):
    dirty = bed.zone.allocate(2048)
    bed.zone.write(dirty, b"\xff" * 2048)
    bed.zone.free(dirty)
    made = make_array(bed.zone, shape, dtype)
    expected = np.zeros(shape, dtype)
    assert (made.shape, made.dtype) == (expected.shape, expected.dtype)
    assert made.strides == expected.strides or made.size == 0  # NumPy's versions differ in those
    assert (made.nbytes, made.size, made.ndim) == (expected.nbytes, expected.size, expected.ndim)
    np.testing.assert_array_equal(made.get(), expected)
    assert bed.bytes_at(made.address, made.nbytes) == bytes(made.nbytes)


@pytest.mark.parametrize(
    "values",
    [[1, 2, 3], 7.5, np.arange(12).reshape(3, 4).T, np.arange(10)[::-2], np.zeros((0, 3)), [[1.0], [2.0]]],
    ids=str,
)
def test_made_of_values(bed, values):
    made = array_of(bed.zone, values)
    np.testing.assert_array_equal(made.get(), np.asarray(values))
    content = np.ascontiguousarray(values)
    assert bed.bytes_at(made.address, made.nbytes) == content.tobytes()


def test_big_endian_becomes_what_the_target_has(bed):
    made = array_of(bed.zone, np.array([1, 2], ">i4"))
    assert bed.bytes_at(made.address, 8) == b"\1\0\0\0\2\0\0\0"
    assert made.get().tolist() == [1, 2]


def test_elements_with_a_shape_are_dimensions(zone):
    made = make_array(zone, 3, np.dtype(("i4", (2,))))
    assert (made.shape, made.dtype) == ((3, 2), np.int32)


def test_an_array_of_the_same_zone_is_taken_as_it_is(zone):
    first = array_of(zone, [1.0, 2.0])
    assert array_of(zone, first) is first
    assert array_of(zone, first, np.float64) is first
    other = array_of(zone, first, np.float32)
    assert (other.dtype, other.get().tolist()) == (np.float32, [1.0, 2.0])
    elsewhere = TestBed(here=True)
    assert array_of(elsewhere.zone, first).zone is elsewhere.zone
    elsewhere.close()


@pytest.mark.parametrize(
    ("shape", "dtype", "says"),
    [
        (-1, "i4", "is no shape"),
        (-(10**5000), "i4", "is no shape"),
        (3, 10**5000, "is no dtype"),
        ((2, -3), "i4", "is no shape"),
        (2.5, "i4", "a shape is an integer"),
        (("a",), "i4", "a shape is an integer"),
        (3, object, "are objects of Python"),
        (3, [("x", object)], "are objects of Python"),
        (3, "nonsense", "is no dtype"),
    ],
    ids=shown,
)
def test_what_is_no_array(zone, shape, dtype, says):
    with pytest.raises(SignatureError, match=says):
        make_array(zone, shape, dtype)


@pytest.mark.parametrize("values", [[[1], [1, 2]], ["a", object()], object(), {"a": 1}])
def test_values_that_are_no_array(bed, values):
    with pytest.raises(SignatureError):
        array_of(bed.zone, values)
    gc.collect()
    assert bed.taken == 0


def test_too_large(bed):
    with pytest.raises(OutOfMemoryError):
        make_array(bed.zone, ZONE_BYTES + 1, "u1")
    with pytest.raises(OutOfMemoryError):
        make_array(bed.zone, (1 << 40, 1 << 40), "f8")


def test_put_is_an_assignment(zone):
    made = make_array(zone, (2, 3), "i4")
    made.put(5)
    assert made.get().tolist() == [[5] * 3] * 2
    made.put([1, 2, 3])
    assert made.get().tolist() == [[1, 2, 3]] * 2
    made.put(np.arange(6, dtype="i4").reshape(2, 3))
    assert made.get().tolist() == [[0, 1, 2], [3, 4, 5]]
    made.put(np.arange(6, dtype="i4").reshape(3, 2).T)
    assert made.get().tolist() == [[0, 2, 4], [1, 3, 5]]
    with pytest.raises(ValueError, match="broadcast"):
        made.put([1, 2])
    with pytest.raises(ValueError, match="invalid literal"):
        made.put("nonsense")


def test_get_is_a_copy(bed):
    made = array_of(bed.zone, [1, 2])
    copied = made.get()
    copied[0] = 9
    assert made.get().tolist() == [1, 2]
    bed.poke(made.address, np.array([5], "i8"))
    assert copied.tolist() == [9, 2]
    assert made.get().tolist() == [5, 2]


# -- for NumPy ----------------------------------------------------------------------------------------------------


def test_a_view_here_is_the_memory(here):
    made = array_of(here.zone, [1.0, 2.0])
    made.view[0] = 8
    assert here.numbers_at(made.address, "f8", 2).tolist() == [8, 2]
    assert np.shares_memory(np.asarray(made), made.view)
    np.asarray(made)[1] = 9
    assert made[1] == 9


def test_there_is_no_view_from_afar(afar):
    made = array_of(afar.zone, [1.0, 2.0])
    with pytest.raises(ExclaveError, match=r"on another host and has no view here: use get\(\) and put\(\)"):
        _ = made.view
    with pytest.raises(ValueError, match="only a copy"):
        np.array(made, copy=False)
    assert np.asarray(made).tolist() == [1.0, 2.0]


def test_numpy_takes_it(zone):
    made = array_of(zone, [[1, 2], [3, 4]])
    assert np.sum(made) == 10
    assert (np.ones((2, 2)) + made).tolist() == [[2, 3], [4, 5]]
    assert np.asarray(made, np.float32).dtype == np.float32
    mine = np.array(made, copy=True)
    mine[:] = 0
    assert made[0].tolist() == [1, 2]
    with pytest.raises(ValueError):
        made.__array__(np.float32, copy=False)


def test_length_and_iteration(zone):
    made = array_of(zone, [[1, 2], [3, 4]])
    assert len(made) == 2
    assert [row.tolist() for row in made] == [[1, 2], [3, 4]]
    assert [2, 3] not in [row.tolist() for row in made]
    scalar = array_of(zone, 5)
    with pytest.raises(TypeError):
        len(scalar)
    with pytest.raises(TypeError):
        iter(scalar)


# -- indexing -----------------------------------------------------------------------------------------------------

FIXED = np.arange(60, dtype="<i4").reshape(3, 4, 5)
INDICES = [
    0, -1, np.int64(2), (1, 2), (1, 2, 3), ..., (..., 1), (1, ...), None, (None, 1, None), (), slice(None),
    slice(1, None), slice(None, None, -1), (slice(None), 1), (slice(0, 0), 1), (1, slice(3, 0, -2), slice(1, 3)),
    [0, 2], ([0, 1], [1, 2]), (slice(None), [3, 0]), FIXED > 30, True, False, np.array(1), (0, [True, False, True, False]),
]  # fmt: skip


@pytest.mark.parametrize("index", INDICES, ids=lambda index: str(index)[:30])
def test_reading_by_index(zone, index):
    made = array_of(zone, FIXED)
    found = made[index]
    np.testing.assert_array_equal(found, FIXED[index])
    assert np.ndim(found) == np.ndim(FIXED[index])
    assert type(found) is type(FIXED[index])


@pytest.mark.parametrize("index", INDICES, ids=lambda index: str(index)[:30])
def test_writing_by_index(zone, index):
    made, expected = array_of(zone, FIXED), FIXED.copy()
    made[index] = expected[index] = -7
    np.testing.assert_array_equal(made.get(), expected)


@pytest.mark.parametrize("index", [3, (0, 0, 5), (0, 0, 0, 0), "x", 1.5, [7]])
def test_wrong_indices_are_numpys_errors(zone, index):
    made = array_of(zone, FIXED)
    with pytest.raises(IndexError):
        made[index]
    with pytest.raises(IndexError):
        made[index] = 1
    with pytest.raises(ValueError, match="broadcast"):
        made[0] = [1, 2, 3]


def test_records(zone):
    made = make_array(zone, 3, RECORD)
    made[1] = (7, 2.5, b"abc")
    made["weight"] = [1, 2, 3]
    one = made[1]
    assert one.item() == (7, 2.0, b"abc")
    one["id"] = 99  # a copy
    assert made["id"].tolist() == [0, 7, 0]
    assert made[["id", "tag"]].dtype.names == ("id", "tag")


def test_what_pads_records_is_not_this_process_memory(afar):
    padded = np.dtype([("a", "u1"), ("b", "<f8")], align=True)
    made = make_array(afar.zone, 1000, padded)
    for fill in (lambda: made.put(made.get()[::-1]), lambda: made.__setitem__(slice(None), (1, 1.0))):
        garbage = [np.full(n, 0xAB, "u1") for n in (16000, 16016, 15984) for _ in range(20)]
        del garbage
        fill()
        assert 0xAB not in np.frombuffer(afar.bytes_at(made.address, 16000), "u1")


def test_from_afar_no_more_travels_than_is_asked_for(afar):
    made = make_array(afar.zone, (1000, 1000), "u1")
    afar.far.read_bytes = afar.far.written_bytes = 0
    assert made[5, 7] == 0
    assert afar.far.read_bytes == 1
    made[5:7] = 1
    assert (afar.far.read_bytes, afar.far.written_bytes) == (1, 2000)
    made[5, ::2] = 3
    assert (afar.far.read_bytes, afar.far.written_bytes) == (1 + 999, 2000 + 999)
    assert made[5, :4].tolist() == [3, 1, 3, 1]


def test_what_is_read_by_index_is_a_copy(zone):
    made = array_of(zone, [1, 2, 3])
    made[0:2][0] = 9
    assert made.get().tolist() == [1, 2, 3]


ARRAYS = hnp.arrays(
    st.sampled_from(["i1", "<i4", "<f8", "?", "S3"]), hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5)
)


@settings(max_examples=300, deadline=None)
@given(values=ARRAYS, data=st.data(), is_here=st.booleans())
def test_any_basic_index_is_as_in_numpy(values, data, is_here):
    bed = TestBed(is_here, size=1 << 20)
    try:
        made, expected = array_of(bed.zone, values), values.copy()
        index = data.draw(hnp.basic_indices(values.shape, allow_newaxis=True))
        np.testing.assert_array_equal(made[index], expected[index])
        other = data.draw(hnp.arrays(values.dtype, np.shape(expected[index])))
        made[index] = expected[index] = other
        np.testing.assert_array_equal(made.get(), expected)
    finally:
        bed.close()


@settings(max_examples=100, deadline=None)
@given(data=st.data(), is_here=st.booleans())
def test_any_list_of_indices_is_as_in_numpy(data, is_here):
    bed = TestBed(is_here, size=1 << 20)
    try:
        values = data.draw(hnp.arrays("<i2", hnp.array_shapes(max_dims=3, max_side=5)))
        made, expected = array_of(bed.zone, values), values.copy()
        index = data.draw(hnp.integer_array_indices(values.shape))
        np.testing.assert_array_equal(made[index], expected[index])
        made[index] = expected[index] = 77
        np.testing.assert_array_equal(made.get(), expected)
    finally:
        bed.close()


# -- life ---------------------------------------------------------------------------------------------------------


def test_free_gives_the_memory_back(bed):
    made = make_array(bed.zone, 1000)
    assert bed.taken == 8192
    made.free()
    assert bed.taken == 0
    made.free()
    assert made.freed


def test_use_after_free_is_an_error(zone):
    made = make_array(zone, 10)
    made.free()
    uses = [
        made.get, lambda: made.put(1), lambda: made[0], lambda: made.__setitem__(0, 1), lambda: made.view,
        lambda: np.asarray(made), lambda: made.address, lambda: list(made),
    ]  # fmt: skip
    for use in uses:
        with pytest.raises(ExclaveError, match=r"the float64 array \(10,\) was freed"):
            use()
    assert "freed" in repr(made)
    assert made.shape == (10,)


def test_with(bed):
    with make_array(bed.zone, 1000) as made:
        made.free()
        with pytest.raises(ExclaveError):
            made.get()
    assert bed.taken == 0
    with pytest.raises(RuntimeError), make_array(bed.zone, 1000):
        raise RuntimeError
    assert bed.taken == 0


def test_the_garbage_collector_frees(bed):
    made = make_array(bed.zone, 1000)
    gone = weakref.ref(made)
    del made
    gc.collect()
    assert gone() is None
    assert bed.taken == 0


def test_views_outlive_the_handle(here):
    made = array_of(here.zone, np.arange(1000.0))
    view = made.view
    parts = [view[10:20], view.reshape(10, 100).T[3], memoryview(view), np.frombuffer(view, "u1"), view.view("i8")[::2]]
    address = made.address
    made.free()
    del made, view
    for part in parts:
        assert here.taken == 8192
        np.asarray(part)  # still there
    assert here.numbers_at(address, "f8", 20)[10:].tolist() == parts[0].tolist()
    parts[0][0] = 77
    assert here.numbers_at(address + 80, "f8", 1)[0] == 77
    while parts:
        assert here.taken == 8192
        del part
        part = parts.pop()
    del part
    gc.collect()
    assert here.taken == 0


def test_memory_with_views_is_not_given_to_others(here):
    made = make_array(here.zone, 4 << 20, "u1")
    view = made.view
    view[:] = 5
    made.free()
    others = [make_array(here.zone, 1 << 20, "u1") for _ in range(3)]
    for other in others:
        other.put(9)
    assert np.all(view == 5)


def test_views_outlive_the_zone(here):
    view = array_of(here.zone, np.arange(10.0)).view
    here.zone.close()
    here.zone = None
    gc.collect()
    assert view.sum() == 45


def test_neither_pickled_nor_copied(zone):
    made = make_array(zone, 3)
    for use in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(SignatureError, match=r"cannot be pickled or copied: use get\(\)"):
            use(made)


def test_reprs(here, afar):
    one, two = make_array(here.zone, (2, 3), "f4"), make_array(afar.zone, (2, 3), "f4")
    assert repr(one) == f"<exclave array, float32 (2, 3): 24 bytes at {one.address}, viewed from here>"
    assert repr(two) == f"<exclave array, float32 (2, 3): 24 bytes at {two.address}, on another host>"
    assert isinstance(one.address, ExecutorAddr)
