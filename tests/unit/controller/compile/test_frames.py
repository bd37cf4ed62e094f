import io
import struct

import pytest
from exclave.controller.compile.frames import MAX_HEADER, BrokenFrameError, encode_frame, read_frame
from hypothesis import given
from hypothesis import strategies as st


def test_a_frame_comes_back():
    stream = io.BytesIO(encode_frame({"a": 1}, b"body") + encode_frame({}))
    assert read_frame(stream) == ({"a": 1}, b"body")
    assert read_frame(stream) == ({}, b"")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        struct.pack("<II", MAX_HEADER + 1, 0),
        struct.pack("<II", 2, 0) + b"[]",
        struct.pack("<II", 1, 0) + b"{",
    ],
)
def test_what_is_no_frame(data):
    with pytest.raises(BrokenFrameError):
        read_frame(io.BytesIO(data))


@given(st.binary(max_size=200))
def test_nothing_but_broken_frames_comes_out_of_noise(data):
    try:
        read_frame(io.BytesIO(data))
    except BrokenFrameError:
        pass
