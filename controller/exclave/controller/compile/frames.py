"""Messages between the pool and a compile worker: a JSON header and raw bytes, each with its length.

Owns: the framing. Must not know: what is said. Invariant: no length is believed beyond its bound, and nothing is
unpickled: what comes out of a process in which LLVM ran is untrusted.
"""

from __future__ import annotations

import json
import struct
from typing import Any, Protocol

HEADER = struct.Struct("<II")
MAX_HEADER = 64 << 20
MAX_BODY = 1 << 30


class Reader(Protocol):
    """What frames are read from."""

    def read(self, size: int, /) -> bytes | None:
        """Up to `size` bytes; fewer only at the end."""
        ...


class BrokenFrameError(Exception):
    """The other side is gone, or does not speak this protocol."""


def encode_frame(header: dict[str, Any], body: bytes = b"") -> bytes:
    """One frame."""
    text = json.dumps(header).encode()
    return HEADER.pack(len(text), len(body)) + text + body


def read_frame(stream: Reader) -> tuple[dict[str, Any], bytes]:
    """The next frame.

    Raises:
        BrokenFrameError: there is none, or it is none.
    """
    header_size, body_size = HEADER.unpack(_read_exactly(stream, HEADER.size))
    if header_size > MAX_HEADER:
        raise BrokenFrameError(f"a header of {header_size} bytes")
    if body_size > MAX_BODY:
        raise BrokenFrameError(f"a body of {body_size} bytes")
    try:
        header = json.loads(_read_exactly(stream, header_size))
    except (ValueError, RecursionError) as error:
        raise BrokenFrameError(f"a header that is no JSON: {error}") from error
    if not isinstance(header, dict):
        raise BrokenFrameError("a header that is no object")
    return header, _read_exactly(stream, body_size)


def _read_exactly(stream: Reader, size: int) -> bytes:
    parts: list[bytes] = []
    left = size
    while left:
        part = stream.read(left)
        if not part:
            raise BrokenFrameError(f"the stream ended {left} bytes early")
        parts.append(part)
        left -= len(part)
    return b"".join(parts)
