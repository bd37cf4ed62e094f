"""What users hand to a session, as what it works with.

Owns: files and callbacks. Must not know: sessions.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .checks import checked_bytes, shown
from .errors import LinkError, SignatureError

ObjectInput = str | os.PathLike[str] | bytes | bytearray | memoryview


def read_input(path_or_bytes: ObjectInput, name: str) -> tuple[bytes, str]:
    """The bytes, and what to call them in messages.

    Raises:
        SignatureError: neither a path nor bytes. LinkError: the file cannot be read.
    """
    if isinstance(path_or_bytes, bytes | bytearray | memoryview):
        return checked_bytes(path_or_bytes, "add_object"), name
    try:
        path = Path(path_or_bytes)
    except TypeError:
        raise SignatureError(f"a file's path or its bytes wanted, not {shown(path_or_bytes)}") from None
    try:
        return path.read_bytes(), str(path)
    except OSError as error:
        raise LinkError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:  # a NUL in it, or what no file system encodes
        raise LinkError(f"cannot read {str(path)!r}: no file has such a name ({error})") from error


def folder_of(path_or_bytes: ObjectInput) -> Path | None:
    """The folder that a file is in; None for bytes, which are in none."""
    if isinstance(path_or_bytes, bytes | bytearray | memoryview):
        return None
    return Path(path_or_bytes).parent


def accepting_one(callback: Callable[..., object]) -> Callable[[Any], object]:
    """`callback` itself, or for one that takes no arguments a function that drops its own."""
    if not callable(callback):
        raise SignatureError(f"on_finalized takes something to call, not {shown(callback)}")
    try:
        inspect.signature(callback).bind(None)
    except ValueError:
        return callback  # a builtin without a signature
    except TypeError:
        return lambda _batch: callback()
    return callback
