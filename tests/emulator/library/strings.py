"""<string.h> on strings, and what of <stdlib.h> is about numbers, order and search."""

from __future__ import annotations

import functools
import re

from ..thread import Thread
from .table import library_function, signed

_NUMBER = re.compile(rb"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")


@library_function
def strlen(thread: Thread, text: int) -> int:
    return len(thread.memory.read_string(text))


@library_function
def strcmp(thread: Thread, one: int, other: int) -> int:
    left, right = thread.memory.read_string(one), thread.memory.read_string(other)
    return (left > right) - (left < right)


@library_function
def strcpy(thread: Thread, to: int, source: int) -> int:
    thread.memory.write(to, thread.memory.read_string(source) + b"\0")
    return to


@library_function
def strcat(thread: Thread, to: int, source: int) -> int:
    strcpy(thread, to + strlen(thread, to), source)
    return to


@library_function
def strchr(thread: Thread, text: int, byte: int) -> int:
    place = (thread.memory.read_string(text) + b"\0").find(byte & 0xFF)
    return 0 if place < 0 else text + place


@library_function
def atoi(thread: Thread, text: int) -> int:
    return int(thread.memory.read_string(text) or b"0")


@library_function
def strtod(thread: Thread, text: int, end: int) -> float:
    data = thread.memory.read_string(text)
    found = _NUMBER.match(data)
    if end:
        thread.memory.set_word(end, text + (found.end() if found else 0))
    return float(found[0]) if found else 0.0


@library_function
def c_abs(thread: Thread, value: int) -> int:
    return abs(signed(value))


@library_function
def qsort(thread: Thread, base: int, count: int, size: int, compare: int) -> None:
    """Compares in place, as the C library may: at the first two elements, for want of another place."""
    items = [thread.memory.read(base + i * size, size) for i in range(count)]

    def compared(one: bytes, other: bytes) -> int:
        thread.memory.write(base, one + other)
        return signed(thread.call(compare, base, base + size))

    items.sort(key=functools.cmp_to_key(compared))
    thread.memory.write(base, b"".join(items))


@library_function
def bsearch(thread: Thread, key: int, base: int, count: int, size: int, compare: int) -> int:
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        order = signed(thread.call(compare, key, base + middle * size))
        if order == 0:
            return base + middle * size
        low, high = (low, middle) if order < 0 else (middle + 1, high)
    return 0
