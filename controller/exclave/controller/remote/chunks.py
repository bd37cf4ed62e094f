"""Contents as the chunks that travel: cut, joined, and put where they belong.

Owns: the size of a chunk, how many ranges a request has. Must not know: messages, rpcs. Invariant: every byte is copied
once here; what an executor sends is checked against what was asked for before it is put anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from ..errors import ExecutorError

T = TypeVar("T")
CHUNK_BYTES = 1 << 20
MOST_RANGES = 1024
"""Of one read or write, as memory.proto says."""


def chunked(contents: Iterable[bytes | memoryview]) -> Iterator[bytes]:
    """Cut contents into chunks of at most `CHUNK_BYTES`, joining small ones: cost per batch, not per segment."""
    pending: list[bytes | memoryview] = []
    held = 0
    for content in contents:
        if type(content) is bytes and held + len(content) < CHUNK_BYTES:  # most are, and small
            pending.append(content)
            held += len(content)
            continue
        view = memoryview(content).cast("B")
        while held + len(view) >= CHUNK_BYTES:
            room = CHUNK_BYTES - held
            yield b"".join([*pending, view[:room]])
            view = view[room:]
            pending, held = [], 0
        if len(view):
            pending.append(view)
            held += len(view)
    if held:
        yield b"".join(pending)


def scatter(chunks: Iterable[bytes], places: Sequence[memoryview]) -> None:
    """Fill places, which are flat and of bytes, one after the other.

    Raises:
        ExecutorError: more bytes came than there is room for, or fewer.
    """
    rest = iter([place for place in places if len(place)])
    place = next(rest, None)
    for chunk in chunks:
        data = memoryview(chunk)
        while len(data):
            if place is None:
                raise ExecutorError("read: the executor sent more bytes than were asked for")
            count = min(len(data), len(place))
            place[:count] = data[:count]
            data, place = data[count:], place[count:]
            if not len(place):
                place = next(rest, None)
    if place is not None:
        raise ExecutorError("read: the executor sent fewer bytes than were asked for")


def in_batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """As many as one request may have, at a time."""
    return (items[start : start + MOST_RANGES] for start in range(0, len(items), MOST_RANGES))
