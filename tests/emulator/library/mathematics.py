"""<math.h>, as far as anybody asked."""

from __future__ import annotations

import math

from ..thread import Thread
from .table import library_function


@library_function
def sqrt(thread: Thread, x: float) -> float:
    return math.sqrt(x)


@library_function
def sin(thread: Thread, x: float) -> float:
    return math.sin(x)


@library_function
def cos(thread: Thread, x: float) -> float:
    return math.cos(x)


@library_function
def fmod(thread: Thread, x: float, y: float) -> float:
    return math.fmod(x, y)


@library_function
def c_pow(thread: Thread, x: float, y: float) -> float:
    return math.pow(x, y)


@library_function
def floor(thread: Thread, x: float) -> float:
    return float(math.floor(x))


@library_function
def ldexp(thread: Thread, x: float, exponent: int) -> float:
    return math.ldexp(x, exponent)


@library_function
def atan2(thread: Thread, y: float, x: float) -> float:
    return math.atan2(y, x)


@library_function
def cbrt(thread: Thread, x: float) -> float:
    return math.cbrt(x)


@library_function
def fmax(thread: Thread, x: float, y: float) -> float:
    return max(x, y)


@library_function
def fmin(thread: Thread, x: float, y: float) -> float:
    return min(x, y)


@library_function
def lround(thread: Thread, x: float) -> int:
    """Halves away from zero."""
    return int(math.copysign(math.floor(abs(x) + 0.5), x))
