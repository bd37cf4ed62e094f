"""Arguments that nobody should give: each is refused with an error of the hierarchy that can be printed."""

import array
import math

import numpy as np
import pytest
from exclave.controller.checks import (
    MAX_TIMEOUT_SECONDS,
    checked_bytes,
    checked_level,
    checked_names,
    checked_patience,
    checked_range,
    checked_size,
    checked_timeout,
    shown,
)
from exclave.controller.errors import ArgumentRangeError, SignatureError

HUGE = 10**5000  # more digits than Python prints


class Unprintable:
    def __repr__(self):
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5, "5"),
        (-5, "-5"),
        ("a", "'a'"),
        (HUGE, "an integer of 16610 bits"),
        (-HUGE, "an integer of 16610 bits"),
        ([HUGE], "a list"),
        (Unprintable(), "a Unprintable"),
        ("x" * 1000, "'" + "x" * 119 + "..."),
    ],
    ids=lambda value: type(value).__name__,
)
def test_whatever_it_is_it_is_shown_shortly(value, text):
    assert shown(value) == text


def test_ranges_are_of_whatever_is_an_integer():
    assert checked_range(np.uint64((1 << 64) - 4), np.int8(4)) == ((1 << 64) - 4, 4)
    assert all(type(number) is int for number in checked_range(np.uint64(5), np.int64(5)))


@pytest.mark.parametrize(
    ("address", "size"),
    [(-1, 0), (0, -1), (1 << 64, 1), ((1 << 64) - 1, 2), (HUGE, 1), (1, HUGE), (-HUGE, 0), ("0", 1), (None, 1), (1.0, 1),
     (0, "1"), (Unprintable(), 1)],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_what_is_no_range(address, size):
    with pytest.raises(SignatureError):
        checked_range(address, size)


def test_sizes():
    assert checked_size(np.uint32(7), "size=") == 7
    for size in (-1, 1 << 64, HUGE):
        with pytest.raises(ArgumentRangeError, match="size= is from 0"):
            checked_size(size, "size=")
    for nonsense in ("x", None, 1.5, [1]):
        with pytest.raises(SignatureError, match="size= is an integer"):
            checked_size(nonsense, "size=")


def test_one_name_or_any_collection_of_them():
    assert checked_names("f") == ["f"]
    for names in (["f", "g"], ("f", "g"), {"f": 1, "g": 2}, iter(["f", "g"])):
        assert checked_names(names) == ["f", "g"]


@pytest.mark.parametrize("names", [None, 5, b"f", bytearray(b"f"), [5], [b"f"], ["f", None], [["f"]], Unprintable()])
def test_what_is_no_name(names):
    with pytest.raises(SignatureError):
        checked_names(names)


def test_bytes_of_whatever_has_some():
    for data in (
        b"ab",
        bytearray(b"ab"),
        memoryview(b"a.b.")[::2],
        array.array("B", b"ab"),
        np.frombuffer(b"ab", "u1"),
    ):
        assert checked_bytes(data, "it") == b"ab"


@pytest.mark.parametrize("data", ["ab", None, 5, [1, 2]])
def test_what_has_no_bytes(data):
    with pytest.raises(SignatureError, match="it takes bytes"):
        checked_bytes(data, "it")
    released = memoryview(b"ab")
    released.release()
    with pytest.raises(SignatureError, match="it takes bytes"):
        checked_bytes(released, "it")


def test_levels():
    assert checked_level(np.int64(3)) == 3
    for level in (-1, 4, HUGE, "2", None, 1.0):
        with pytest.raises(SignatureError, match="optimize="):
            checked_level(level)


def test_timeouts():
    assert checked_timeout(None) is None
    assert checked_timeout(1) == 1.0
    assert checked_timeout(5e-324) == 5e-324
    assert checked_timeout(math.inf) is checked_timeout(HUGE) is checked_timeout(MAX_TIMEOUT_SECONDS + 1) is None
    assert (checked_patience(None), checked_patience(0), checked_patience(math.inf)) == (None, 0.0, MAX_TIMEOUT_SECONDS)


@pytest.mark.parametrize(
    "timeout", [0, -0.0, -1, -math.inf, -HUGE, math.nan, "soon", True, [1], 1j], ids=lambda value: type(value).__name__
)
def test_what_is_no_timeout(timeout):
    with pytest.raises(SignatureError, match="timeout= takes"):
        checked_timeout(timeout)
    if timeout != 0:
        with pytest.raises(SignatureError, match="timeout= takes"):
            checked_patience(timeout)
