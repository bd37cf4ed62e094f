"""What the code prints, as the user gets it.

Owns: decoding, keeping, and handing on of stdout and stderr. Must not know: where chunks come from.
Invariant: text is handed on in the order printed, from one thread; a broken consumer loses its copy, never the
session.
"""

from __future__ import annotations

import codecs
import contextlib
import io
import sys
import threading
from collections.abc import Callable
from typing import Any

from .checks import shown
from .errors import SignatureError
from .model import OutputChunk

OutputConsumer = Callable[[str], object] | Any
"""A callable that takes text, or a file object (text or binary)."""

STDOUT, STDERR = 1, 2


class OutputStream:
    """One of the two streams: keeps all of it as text, and hands it on as it comes."""

    def __init__(self, name: str, consumer: OutputConsumer | None) -> None:
        self._name = name
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._text: list[str] = []
        self._lock = threading.Lock()
        self._consume = _consumer_function(consumer)

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        text = self._decoder.decode(data)
        with self._lock:
            self._text.append(text)
        try:
            self._consume(data, text)
        except BaseException as error:  # SystemExit, too: it would end the thread that delivers the rest
            self._report(error)

    def _report(self, error: BaseException) -> None:
        """Show it like an unhandled one; a hook that raises itself is no reason to stop, either."""
        error.add_note(f"raised by the consumer given as {self._name}=; the text is still in session.{self._name}")
        with contextlib.suppress(BaseException):
            sys.excepthook(type(error), error, error.__traceback__)

    @property
    def text(self) -> str:
        """Everything so far."""
        with self._lock:
            self._text[:] = ["".join(self._text)]
            return self._text[0]


def _consumer_function(consumer: OutputConsumer | None) -> Callable[[bytes, str], object]:
    if consumer is None:
        return lambda _data, _text: None
    write = getattr(consumer, "write", None)
    if callable(write):
        is_binary = isinstance(consumer, io.RawIOBase | io.BufferedIOBase) or "b" in str(getattr(consumer, "mode", ""))
        flush = getattr(consumer, "flush", lambda: None)  # live output is of no use in a buffer
        return lambda data, text: (write(data if is_binary else text), flush())
    if not callable(consumer):
        raise SignatureError(f"stdout= and stderr= take a callable or a file object, not {shown(consumer)}")
    return lambda _data, text: consumer(text)


class SessionOutput:
    """Both streams of a session."""

    def __init__(self, stdout: OutputConsumer | None, stderr: OutputConsumer | None) -> None:
        self.stdout = OutputStream("stdout", stdout)
        self.stderr = OutputStream("stderr", stderr)

    def deliver(self, chunk: OutputChunk) -> None:
        """Take a chunk of the lease's."""
        (self.stderr if chunk.stream == STDERR else self.stdout).feed(chunk.data)
