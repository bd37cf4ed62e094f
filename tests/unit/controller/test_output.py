import io
import sys

import pytest
from exclave.controller.errors import SignatureError
from exclave.controller.model import OutputChunk
from exclave.controller.output import SessionOutput


def feed(output, stream, *chunks):
    position = 0
    for chunk in chunks:
        position += len(chunk)
        output.deliver(OutputChunk(stream, chunk, position))


def test_text_is_kept_by_stream():
    output = SessionOutput(None, None)
    feed(output, 1, b"one ", b"two")
    feed(output, 2, b"oops")
    assert (output.stdout.text, output.stderr.text) == ("one two", "oops")


def test_a_character_cut_in_two_is_put_together():
    output = SessionOutput(None, None)
    feed(output, 1, "é".encode()[:1], "é".encode()[1:])
    assert output.stdout.text == "é"


def test_what_is_no_utf8_is_replaced():
    output = SessionOutput(None, None)
    feed(output, 1, b"\xff!")
    assert output.stdout.text == "\ufffd!"


def test_consumers_a_callable_a_text_file_and_a_binary_file():
    pieces, text, binary = [], io.StringIO(), io.BytesIO()
    for consumer in (pieces.append, text, binary):
        feed(SessionOutput(consumer, None), 1, b"ab", b"cd")
    assert (pieces, text.getvalue(), binary.getvalue()) == (["ab", "cd"], "abcd", b"abcd")


def test_a_consumer_that_raises_loses_its_copy_only(capsys):
    def broken(_text):
        raise RuntimeError("no")

    output = SessionOutput(broken, None)
    feed(output, 1, b"kept")
    assert output.stdout.text == "kept"
    assert "RuntimeError: no" in capsys.readouterr().err


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit(), RuntimeError()])
@pytest.mark.parametrize("broken_hook", [False, True])
def test_whatever_a_consumer_raises_the_next_chunk_comes(error, broken_hook, monkeypatch):
    shown, calls = [], []

    def broken(text):
        calls.append(text)
        raise error

    def hook(kind, _error, _traceback):
        shown.append(kind)
        if broken_hook:
            raise SystemExit(4)

    monkeypatch.setattr(sys, "excepthook", hook)
    feed(output := SessionOutput(broken, None), 1, b"a", b"b")
    assert (calls, shown, output.stdout.text) == (["a", "b"], [type(error)] * 2, "ab")


def test_what_cannot_consume_is_refused():
    class Odd:
        write = 5

    for consumer in (3, "file", Odd(), 10**5000):
        for streams in ((consumer, None), (None, consumer)):
            with pytest.raises(SignatureError, match="callable or a file"):
                SessionOutput(*streams)
