"""The command line.

Owns: the flags and their defaults. Must not know: what they do. Imports little: it runs before everything
else.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from exclave.executor.zones import DEFAULT_LANES, DEFAULT_RESERVATION, MAX_LANES


def parse_options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Understands the command line; prints usage and exits with status 2 where it cannot."""
    parser = argparse.ArgumentParser(
        prog="exclave executor", description="Runs code of controllers in sandboxed workers."
    )
    add = parser.add_argument
    add(
        "--listen",
        metavar="ADDRESS",
        help="unix:PATH or HOST:PORT of the loopback interface (default: a private UNIX socket)",
    )
    add(
        "--max-sessions",
        type=_number(1, 65536),
        default=256,
        metavar="N",
        help="sessions open at once (default: %(default)s)",
    )
    add(
        "--reservation",
        type=_size,
        default=DEFAULT_RESERVATION,
        metavar="BYTES",
        help="address range of a session that does not ask, such as 512M (default: 960M)",
    )
    add(
        "--lanes",
        type=_number(1, MAX_LANES),
        default=DEFAULT_LANES,
        metavar="N",
        help="call lanes of a session that does not ask (default: %(default)s)",
    )
    add(
        "--max-threads",
        type=_number(0, 4096),
        default=64,
        metavar="N",
        help="threads that a session's code may be allowed to start (default: %(default)s)",
    )
    add(
        "--call-timeout",
        type=_seconds,
        default=3600.0,
        metavar="SECONDS",
        help="longest time for a call (default: %(default)s)",
    )
    add(
        "--log-level",
        choices=("debug", "info", "warning", "error"),
        default="info",
        help="(default: %(default)s)",
    )
    add("--log-format", choices=("human", "json"), default="human", help="(default: %(default)s)")
    add(
        "--ready-fd",
        type=_number(0, 1 << 20),
        metavar="FD",
        help="write a line `READY ADDRESS` to it when serving, then close it",
    )
    add("--parent-fd", type=_number(0, 1 << 20), metavar="FD", help="stop when it reaches end of file")
    return parser.parse_args(arguments)


class _number:  # noqa: N801 - reads as a function, and argparse shows its name
    """A type for argparse: an integer in a range."""

    def __init__(self, low: int, high: int) -> None:
        self._low, self._high = low, high

    def __call__(self, text: str) -> int:
        """Understands one argument."""
        if not text.isascii() or not text.isdigit() or not self._low <= int(text) <= self._high:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number from {self._low} to {self._high}")
        return int(text)


def _size(text: str) -> int:
    digits, unit = (text[:-1], text[-1:].upper()) if text[-1:].upper() in ("K", "M", "G") else (text, "")
    if not digits.isascii() or not digits.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not a size, such as 512M")
    size = int(digits) << {"": 0, "K": 10, "M": 20, "G": 30}[unit]
    if not 1 << 20 <= size <= 2 << 30:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size from 1M to 2G")
    return size


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds <= 1e8:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time in seconds, more than 0")
    return seconds
