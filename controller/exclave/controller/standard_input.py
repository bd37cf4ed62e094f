"""What the user gives a program to read: text, bytes, a path or a file, taken piece by piece.

Owns: which objects can be given, reading them, ending a read that waits. Must not know: gRPC, sessions, programs.
Invariant: a piece is what is there now, never a wait for a full buffer; nothing is read before it is asked for, nor
after `close`; a read that failed is the end like any other, with its reason in `error`.
"""

from __future__ import annotations

import contextlib
import io
import os
import select
import socket
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Any, BinaryIO, Self

from .checks import checked_bytes, shown
from .errors import SignatureError

ProgramStdin = str | bytes | os.PathLike[Any] | Any
"""Text, anything that has bytes, a path, a file object (text or binary), or None."""
PIECE_BYTES = 65536
PATIENCE_SECONDS = 1.0
"""How long to wait for a read that was woken, but is in somebody else's hands (they took what was there)."""


@contextlib.contextmanager
def reading(stdin: Any) -> Iterator[InputReader | None]:
    """A reader of `stdin`, for the length of the context; None for None.

    Raises:
        SignatureError: it cannot be read.
        OSError: it is a path that cannot be opened.
    """
    if stdin is None:
        yield None
        return
    with contextlib.ExitStack() as stack:
        if callable(getattr(stdin, "read", None)):
            file = _checked_file(stdin)
        elif isinstance(stdin, os.PathLike):
            file = stack.enter_context(_opened(stdin))
        else:
            file = io.BytesIO(_content(stdin))
        yield stack.enter_context(InputReader(file))


class InputReader:
    """A context and an iterator: the pieces of a file, until its end, or until it is closed.

    A file with a descriptor is read when there is something to read, so that `close` ends a wait. Other objects are
    simply read: `close` leaves a read that waits alone, and what it brings is lost.
    """

    def __init__(self, file: Any) -> None:
        self.error: BaseException | None = None
        self._read = getattr(file, "read1", None) or file.read
        self._descriptor = _descriptor_of(file)
        self._wake = None if self._descriptor is None else os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._reading = threading.Lock()
        self._closed = False

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        with self._reading:
            piece = self._next_piece()
        if not piece:
            raise StopIteration
        return piece

    def _next_piece(self) -> bytes:
        try:
            while self._wait():
                piece = self._read(PIECE_BYTES)
                if piece is not None or self._descriptor is None:
                    return _piece_bytes(piece)  # None: somebody else was quicker to read what was there
        except BaseException as error:  # whatever it is, it is for the caller of main
            self.error = error
        return b""

    def _wait(self) -> bool:
        """Wait until there is something to read, or its end; False: closed."""
        if not self._closed and self._descriptor is not None and self._wake is not None:
            poll = select.poll()
            poll.register(self._descriptor, select.POLLIN)
            poll.register(self._wake, select.POLLIN)
            poll.poll()
        return not self._closed

    def close(self) -> None:
        """Read no more. Called by any thread, at any time."""
        if self._closed:
            return
        self._closed = True
        if self._wake is None:
            return
        os.eventfd_write(self._wake, 1)
        if self._reading.acquire(timeout=PATIENCE_SECONDS):
            os.close(self._wake)
            self._reading.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _content(stdin: Any) -> bytes:
    if isinstance(stdin, str):
        return _encoded(stdin)
    try:
        return checked_bytes(stdin, "stdin=")
    except SignatureError:
        raise SignatureError(
            f"run_main: stdin= takes text, bytes, a path (pathlib), a file or None, not {shown(stdin)}"
        ) from None


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise SignatureError(f"run_main: stdin= has half a character, which has no bytes: {shown(text)}") from None


def _piece_bytes(piece: Any) -> bytes:
    if isinstance(piece, str):
        return _encoded(piece)
    try:
        return checked_bytes(piece, "stdin=")
    except SignatureError:
        raise SignatureError(f"run_main: stdin= is a file whose read() gave no text or bytes: {shown(piece)}") from None


def _opened(path: os.PathLike[Any]) -> BinaryIO:
    try:
        return open(path, "rb", buffering=0)  # noqa: PTH123  (any path; `reading` closes it)
    except ValueError as error:
        raise SignatureError(f"run_main: stdin= is no path: {shown(path)} ({error})") from None


def _checked_file(file: Any) -> Any:
    """What to read from; of a text file that has one, its buffer."""
    if getattr(file, "closed", False) is True:
        raise SignatureError(f"run_main: stdin= is a file that is closed: {shown(file)}")
    readable = getattr(file, "readable", None)
    if callable(readable) and not readable():
        raise SignatureError(f"run_main: stdin= is a file that was not opened for reading: {shown(file)}")
    return _buffer_of(file) if isinstance(file, io.TextIOWrapper) else file


def _buffer_of(text: io.TextIOWrapper) -> Any:
    """The bytes below a text file, from where it was read to: unlike its text, they come without a wait for more."""
    try:
        if text.seekable():
            text.seek(text.tell())
            return text.buffer
    except OSError as error:
        raise SignatureError(f"run_main: stdin= is a text file that does not tell where it is: {error}") from None
    if not text.isatty() and _may_have_read_ahead(text):  # (a terminal gives a line at a time)
        raise SignatureError(
            f"run_main: stdin= is a text file that was read from, and may hold back some text: {shown(text)}; "
            "read from its .buffer before, and give that"
        )
    return text.buffer


def _may_have_read_ahead(text: io.TextIOWrapper) -> bool:
    """Whether it has decoded something: how it decodes cannot be set from then on."""
    try:
        text.reconfigure(errors=text.errors)
    except io.UnsupportedOperation:
        return True
    return False


def _descriptor_of(file: Any) -> int | None:
    """Of a file that reads when it is ready, and no more than once; others have buffers that it does not tell of."""
    if isinstance(file, io.FileIO | io.BufferedReader | socket.SocketIO):
        with contextlib.suppress(OSError):  # not of this process's
            return file.fileno()
    return None
