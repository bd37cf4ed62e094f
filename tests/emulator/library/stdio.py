"""<stdio.h>: what prints."""

from __future__ import annotations

import re

from ..arguments import Arguments
from ..thread import Thread
from .table import VARIABLES, library_function, signed

VARIABLES |= {"stdin": 8, "stdout": 8, "stderr": 8}
_CONVERSION = re.compile(rb"%([-+ #0]*)(\*|\d+)?(?:\.(\*|\d+))?(hh|h|ll|l|z|j|t)?([diuxXcspfFgGeE%])")
_BITS = {b"hh": 8, b"h": 16, b"l": 64, b"ll": 64, b"z": 64, b"j": 64, b"t": 64}


def formatted(thread: Thread, text: int, rest: Arguments) -> bytes:
    """What printf makes of a format and the arguments behind it."""
    return _CONVERSION.sub(lambda one: _converted(thread, one, rest), thread.memory.read_string(text))


def _converted(thread: Thread, one: re.Match[bytes], rest: Arguments) -> bytes:
    flags, width, precision, length, kind = one.groups()
    if kind == b"%":
        return b"%"
    words = [_number(width, rest), b"" if precision is None else b"." + _number(precision, rest)]
    python = b"%" + flags + b"".join(words) + {b"i": b"d", b"u": b"d", b"p": b"#x"}.get(kind, kind)
    return python % _value(thread, kind, 64 if kind == b"p" else _BITS.get(length or b"", 32), rest)


def _number(word: bytes | None, rest: Arguments) -> bytes:
    return str(signed(rest.integer())).encode() if word == b"*" else word or b""


def _value(thread: Thread, kind: bytes, bits: int, rest: Arguments) -> object:
    if kind in b"fFgGeE":
        return rest.variadic_double()
    value = rest.integer()
    if kind == b"s":
        return thread.memory.read_string(value)
    if kind == b"c":
        return value & 0xFF
    return signed(value, bits) if kind in b"di" else value & (1 << bits) - 1


@library_function
def printf(thread: Thread, text: int, rest: Arguments) -> int:
    data = formatted(thread, text, rest)
    thread.process.streams.put(1, data)
    return len(data)


@library_function
def fprintf(thread: Thread, stream: int, text: int, rest: Arguments) -> int:
    data = formatted(thread, text, rest)
    thread.process.streams.put(thread.process.streams.number_of(stream), data)
    return len(data)


@library_function
def snprintf(thread: Thread, to: int, size: int, text: int, rest: Arguments) -> int:
    data = formatted(thread, text, rest)
    thread.memory.write(to, data[: size - 1] + b"\0" if size else b"")
    return len(data)


@library_function
def puts(thread: Thread, text: int) -> int:
    thread.process.streams.put(1, thread.memory.read_string(text) + b"\n")
    return 1


@library_function
def putchar(thread: Thread, byte: int) -> int:
    thread.process.streams.put(1, bytes([byte & 0xFF]))
    return byte & 0xFF


@library_function
def fputs(thread: Thread, text: int, stream: int) -> int:
    thread.process.streams.put(thread.process.streams.number_of(stream), thread.memory.read_string(text))
    return 1


@library_function
def fputc(thread: Thread, byte: int, stream: int) -> int:
    thread.process.streams.put(thread.process.streams.number_of(stream), bytes([byte & 0xFF]))
    return byte & 0xFF


@library_function
def putc(thread: Thread, byte: int, stream: int) -> int:
    return fputc(thread, byte, stream)


@library_function
def fwrite(thread: Thread, data: int, size: int, count: int, stream: int) -> int:
    thread.process.streams.put(thread.process.streams.number_of(stream), thread.memory.read(data, size * count))
    return count


@library_function
def fflush(thread: Thread, stream: int) -> int:
    with thread.machine.away(thread):  # the pipe may be full
        if stream:
            thread.process.streams.flush(thread.process.streams.number_of(stream))
        else:
            thread.process.streams.flush_all()
    return 0


@library_function
def ftrylockfile(thread: Thread, stream: int) -> int:
    return 0


@library_function
def clearerr_unlocked(thread: Thread, stream: int) -> None:
    """Nothing is read from stdin."""


@library_function
def c___fpurge(thread: Thread, stream: int) -> None:
    """Nothing is read from stdin."""
