"""<string.h> on memory, and <stdlib.h> on the heap."""

from __future__ import annotations

from ..thread import Thread
from .table import library_function


@library_function
def memcpy(thread: Thread, to: int, source: int, size: int) -> int:
    thread.memory.write(to, thread.memory.read(source, size))
    return to


@library_function
def memmove(thread: Thread, to: int, source: int, size: int) -> int:
    return memcpy(thread, to, source, size)


@library_function
def memset(thread: Thread, to: int, byte: int, size: int) -> int:
    thread.memory.write(to, bytes([byte & 0xFF]) * size)
    return to


@library_function
def memcmp(thread: Thread, one: int, other: int, size: int) -> int:
    left, right = thread.memory.read(one, size), thread.memory.read(other, size)
    return (left > right) - (left < right)


@library_function
def malloc(thread: Thread, size: int) -> int:
    return thread.process.heap.take(size)


@library_function
def calloc(thread: Thread, count: int, size: int) -> int:
    address = thread.process.heap.take(count * size)
    thread.memory.write(address, bytes(count * size))
    return address


@library_function
def realloc(thread: Thread, old: int, size: int) -> int:
    new = thread.process.heap.take(size)
    if old:
        memcpy(thread, new, old, min(size, thread.process.heap.size_of(old)))
        free(thread, old)
    return new


@library_function
def free(thread: Thread, address: int) -> None:
    if address:
        thread.process.heap.give_back(address)
