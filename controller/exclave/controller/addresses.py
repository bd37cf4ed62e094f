"""Where an executor listens, as people write it, and as gRPC wants it.

Owns: parsing `unix:/path` and `host:port`. Must not know: gRPC itself.
Invariant: an `ExecutorAddress` can be dialled; anything else was refused with the rule in the message.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .checks import shown
from .errors import ExecutorUnreachableError, SignatureError

UNIX_PATH_MAX = 107
"""Bytes in a UNIX socket's path, as `struct sockaddr_un` has room for (unix(7))."""


@dataclass(frozen=True)
class ExecutorAddress:
    """An address that was checked; `target` is gRPC's name for it."""

    target: str
    path: Path | None = None

    def __str__(self) -> str:
        return self.target


def parse_address(text: str) -> ExecutorAddress:
    """Read `unix:/path/to/socket` or `host:port`.

    Raises:
        ExecutorUnreachableError: it is neither. SignatureError: it is no text.
    """
    if not isinstance(text, str):
        raise SignatureError(f"an executor's address is text, unix:/path/to/socket or host:port, not {shown(text)}")
    if text.startswith("unix:"):
        return _unix_address(text)
    host, colon, port = text.rpartition(":")
    if not colon or not host or not _is_port(port) or not host.isprintable():
        raise ExecutorUnreachableError(
            f"{shown(text)} is no executor's address: "
            "write unix:/path/to/socket, or host:port with a port from 1 to 65535",
            address=text,
        )
    return ExecutorAddress(target=f"{host}:{int(port)}")


def _is_port(text: str) -> bool:
    return text.isdecimal() and len(text) <= 5 and 0 < int(text) < 65536


def _unix_address(text: str) -> ExecutorAddress:
    path = Path(text.removeprefix("unix:").removeprefix("//"))
    if not str(path).isprintable():
        raise ExecutorUnreachableError(
            f"{shown(text)} is no executor's address: no socket has such a name", address=text
        )
    if not path.is_absolute():
        raise ExecutorUnreachableError(
            f"{text!r} is no executor's address: a socket's path must be absolute", address=text
        )
    if len(str(path).encode()) > UNIX_PATH_MAX:
        raise ExecutorUnreachableError(
            f"{text!r} is too long for a UNIX socket: {len(str(path).encode())} bytes, at most {UNIX_PATH_MAX}",
            address=text,
        )
    return ExecutorAddress(target=f"unix:{path}", path=path)
