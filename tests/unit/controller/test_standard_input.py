"""Reading what users give a program: piece by piece, never more than is there, and a wait that can be ended."""

import io
import os
import threading
from pathlib import Path

import pytest
from exclave.controller.errors import SignatureError
from exclave.controller.standard_input import PIECE_BYTES, InputReader, reading


def content(stdin):
    with reading(stdin) as reader:
        return b"".join(reader), reader.error


@pytest.mark.parametrize(
    ("stdin", "expected"),
    [
        ("grüße", "grüße".encode()),
        ("", b""),
        (b"bytes\0", b"bytes\0"),
        (bytearray(b"x"), b"x"),
        (memoryview(b"xyz")[1:], b"yz"),
        (io.BytesIO(b"binary"), b"binary"),
        (io.StringIO("text é"), "text é".encode()),
    ],
)
def test_what_can_be_given(stdin, expected):
    assert content(stdin) == (expected, None)


def test_a_path_is_read_and_closed(tmp_path):
    path = tmp_path / "input"
    path.write_bytes(b"p" * 3 * PIECE_BYTES)
    assert content(path) == (b"p" * 3 * PIECE_BYTES, None)


def test_none_is_no_reader():
    with reading(None) as reader:
        assert reader is None


@pytest.mark.parametrize("wrong", [3, 2.5, ["a"], object(), "half a \ud800"])
def test_what_cannot_be_given_is_told_before_anything_is_read(wrong):
    with pytest.raises(SignatureError, match=r"run_main: stdin= (takes|has)"), reading(wrong):
        pass


def test_files_that_cannot_be_read(tmp_path):
    closed = io.BytesIO()
    closed.close()
    with (tmp_path / "out").open("wb") as writing:
        for file, why in ((closed, "closed"), (writing, "not opened for reading")):
            with pytest.raises(SignatureError, match=why), reading(file):
                pass


def test_a_path_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError), reading(tmp_path / "nothing"):
        pass


def test_a_text_file_goes_on_from_where_it_was_read_to(tmp_path):
    path = tmp_path / "lines"
    path.write_text("first\nsécond\n")
    with path.open() as file:
        assert file.readline() == "first\n"
        assert content(file) == ("sécond\n".encode(), None)


def test_a_text_pipe_that_was_read_from_is_refused():
    read, write = os.pipe()
    os.write(write, b"one\ntwo\n")
    with os.fdopen(read) as file:
        file.readline()
        with pytest.raises(SignatureError, match="may hold back some text"), reading(file):
            pass
    os.close(write)


def test_a_pipe_gives_what_is_there_and_does_not_wait_for_more():
    read, write = os.pipe()
    with os.fdopen(read, "rb") as file, reading(file) as reader:
        os.write(write, b"now")
        assert next(reader) == b"now"
        os.write(write, b"later")
        assert next(reader) == b"later"
        os.close(write)
        with pytest.raises(StopIteration):
            next(reader)


def test_a_wait_ends_when_the_reader_is_closed():
    read, write = os.pipe()
    with os.fdopen(read, "rb") as file:
        reader = InputReader(file)
        ended = threading.Event()

        def take():
            assert list(reader) == []
            ended.set()

        thread = threading.Thread(target=take)
        thread.start()
        reader.close()
        assert ended.wait(10)
        thread.join()
    os.close(write)


@pytest.mark.parametrize("wrong", [RuntimeError("no"), KeyboardInterrupt()])
def test_what_read_raises_is_the_end_with_its_reason(wrong):
    class Failing:
        def read(self, size):
            raise wrong

    assert content(Failing()) == (b"", wrong)


@pytest.mark.parametrize("piece", [3, ["x"], 2.5])
def test_a_read_that_gives_something_else(piece):
    class Odd:
        def read(self, size):
            return piece

    data, error = content(Odd())
    assert data == b""
    assert isinstance(error, SignatureError)


def test_descriptors_are_not_left_behind(tmp_path):
    path = tmp_path / "input"
    path.write_bytes(b"x")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        content(path)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
