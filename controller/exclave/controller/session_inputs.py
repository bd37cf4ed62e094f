"""What users hand to a session, checked before anything is done with it.

Owns: files, ranges of addresses, callbacks of `on_finalized`. Must not know: sessions.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .errors import LinkError, SignatureError

ObjectInput = str | os.PathLike[str] | bytes | bytearray | memoryview


def read_input(path_or_bytes: ObjectInput, name: str) -> tuple[bytes, str]:
    """The bytes, and what to call them in messages.

    Raises:
        LinkError: the file cannot be read.
    """
    if isinstance(path_or_bytes, bytes | bytearray | memoryview):
        return bytes(path_or_bytes), name
    path = Path(path_or_bytes)
    try:
        return path.read_bytes(), str(path)
    except OSError as error:
        raise LinkError(f"cannot read {path}: {error.strerror}") from error


def accepting_one(callback: Callable[..., object], what: str) -> Callable[[Any], object]:
    """`callback` itself, or for one that takes no arguments a function that drops its own.

    Raises:
        SignatureError: it cannot be called.
    """
    if not callable(callback):
        raise SignatureError(f"{what} takes something to call, not {callback!r}")
    try:
        inspect.signature(callback).bind(None)
    except ValueError:
        return callback  # a builtin without a signature
    except TypeError:
        return lambda _argument: callback()
    return callback


def check_range(address: int, size: int) -> None:
    """Refuse what is no range of addresses.

    Raises:
        SignatureError: it is none.
    """
    if not isinstance(address, int) or not isinstance(size, int):
        raise SignatureError(f"an address and a size are integers, not {address!r} and {size!r}")
    if size < 0 or address < 0 or address + size > 1 << 64:
        raise SignatureError(f"{size} bytes at {address:#x} is no range of addresses")
