"""The emulated C library's functions by name, and where they are.

Owns: the table. Must not know: what the functions do. Invariant: a function of the library is a Python function whose
parameters, behind the thread that calls it, are those of C: `int` for integers and pointers (64 bits, unsigned),
`float` for doubles, `Arguments` for `...`.

There are no instructions at their addresses: the processor stops there, Python does the work, and the caller goes on.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable
from typing import TypeVar

from ..arguments import Arguments
from ..thread import Thread

Function = Callable[..., "int | float | None"]
F = TypeVar("F", bound=Function)
FUNCTIONS: dict[str, Callable[[Thread], int | float | None]] = {}
VARIABLES: dict[str, int] = {}
"""Bytes of each; where it lies is zero at first."""


def library_function(given: F) -> F:
    """Put it into the table, under its own name without the `c_` that keeps it from hiding one of Python's."""
    types = typing.get_type_hints(given)
    kinds = [types[name] for name in list(inspect.signature(given).parameters)[1:]]

    def called(thread: Thread) -> int | float | None:
        arguments = Arguments(thread)
        return given(thread, *[_TAKEN[kind](arguments) for kind in kinds])

    FUNCTIONS[given.__name__.removeprefix("c_")] = called
    return given


_TAKEN: dict[type, Callable[[Arguments], object]] = {
    int: Arguments.integer,
    float: Arguments.double,
    Arguments: lambda arguments: arguments,
}


def signed(value: int, bits: int = 32) -> int:
    """Its low bits, as a signed number."""
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value
