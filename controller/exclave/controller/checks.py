"""What users give to the API, checked before anything is done with it.

Owns: the checks of arguments that are no types, modules or files, and how a value looks in a message. Must not
know: what the arguments are for. Invariant: what does not pass is a `SignatureError` (a TypeError) or an
`ArgumentRangeError` (an OverflowError), whatever the value is and whatever its `repr` does.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import Any

from .errors import ArgumentRangeError, SignatureError

MAX_TIMEOUT_SECONDS = 30 * 86400.0
ADDRESS_BITS = 64
_SHOWN_CHARACTERS = 120
_SHOWN_BITS = 256  # Python refuses to print integers of more than 4300 digits, and nobody reads one of 80


def shown(value: object) -> str:
    """`value` for a message: short, and whatever it is."""
    if isinstance(value, int) and value.bit_length() > _SHOWN_BITS:
        return f"an integer of {value.bit_length()} bits"
    try:
        text = repr(value)
    except Exception:  # somebody else's code, or a container of such integers
        text = f"a {type(value).__name__}"
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."


def checked_integer(value: Any, what: str) -> int:
    """An `int`, or what says that it is one by `__index__`, as NumPy's integers do.

    Raises:
        SignatureError: it is none.
    """
    try:
        return operator.index(value)
    except TypeError:
        raise SignatureError(f"{what} is an integer, not {shown(value)}") from None


def checked_range(address: Any, size: Any) -> tuple[int, int]:
    """An address and a size that end within 64 bits.

    Raises:
        SignatureError: they do not, or are no integers.
    """
    start, length = checked_integer(address, "an address"), checked_integer(size, "a size")
    if length < 0 or start < 0 or start + length > 1 << ADDRESS_BITS:
        raise SignatureError(
            f"{shown(length)} bytes at {shown(start)} is no range of addresses, which end at 2**{ADDRESS_BITS}"
        )
    return start, length


def checked_size(size: Any, what: str) -> int:
    """A number of bytes that fits 64 bits.

    Raises:
        SignatureError: not an integer. ArgumentRangeError: negative or too large.
    """
    return _checked_bits(size, what, ADDRESS_BITS)


def checked_count(count: Any, what: str) -> int:
    """A number of things, of which there may be many.

    Raises:
        SignatureError: not an integer. ArgumentRangeError: negative or too large.
    """
    return _checked_bits(count, what, 31)


def _checked_bits(value: Any, what: str, bits: int) -> int:
    number = checked_integer(value, what)
    if not 0 <= number < 1 << bits:
        raise ArgumentRangeError(f"{what} is from 0 to 2**{bits} - 1, not {shown(number)}")
    return number


def checked_name(name: Any, what: str) -> str:
    """A name.

    Raises:
        SignatureError: not text.
    """
    if not isinstance(name, str):
        raise SignatureError(f"{what} is text (str), not {shown(name)}")
    return name


def checked_names(names: Any) -> list[str]:
    """One name, or several.

    Raises:
        SignatureError: it is neither.
    """
    if isinstance(names, str):
        return [names]
    if isinstance(names, bytes | bytearray | memoryview) or not isinstance(names, Iterable):
        raise SignatureError(f'lookup takes a name or a list of names, such as "main", not {shown(names)}')
    return [checked_name(name, "a symbol's name") for name in names]


def checked_bytes(data: Any, what: str) -> bytes:
    """The bytes of anything that has some.

    Raises:
        SignatureError: it has none; a number and a list of numbers have none, either.
    """
    if isinstance(data, bytes):
        return data
    try:
        return bytes(memoryview(data))
    except (TypeError, ValueError, BufferError):  # ValueError: a memoryview that was released
        raise SignatureError(f"{what} takes bytes or a buffer, not {shown(data)}") from None


def checked_level(optimize: Any) -> int:
    """LLVM's level of optimization.

    Raises:
        SignatureError: it has no such level.
    """
    level = checked_integer(optimize, "optimize=")
    if level not in range(4):
        raise SignatureError(f"optimize= is from 0 to 3, as -O is, not {shown(level)}")
    return level


def checked_timeout(timeout: Any, *, zero: bool = False) -> float | None:
    """Seconds that a deadline can be; infinity and anything beyond a month is no deadline. `zero`: may be 0.

    Raises:
        SignatureError: not a number, or one that no time can be.
    """
    if timeout is None:
        return None
    if isinstance(timeout, bool) or not isinstance(timeout, int | float) or timeout != timeout:  # NaN
        raise SignatureError(f"timeout= takes seconds or None, not {shown(timeout)}")
    if timeout < 0 or (timeout == 0 and not zero):
        least = "0 or more" if zero else "more than 0"
        raise SignatureError(f"timeout= takes {least} seconds, not {shown(timeout)}; for no deadline give None")
    return None if timeout > MAX_TIMEOUT_SECONDS else float(timeout)


def checked_patience(timeout: Any) -> float | None:
    """Seconds to keep trying: 0 is once, None what is usual. Raises as `checked_timeout`."""
    seconds = checked_timeout(timeout, zero=True)
    return MAX_TIMEOUT_SECONDS if seconds is None and timeout is not None else seconds
