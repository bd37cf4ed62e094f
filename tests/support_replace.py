"""IR that the tests of replaceable modules share: versions of a function, and somebody else who calls it."""

from __future__ import annotations

CALLER = "declare i64 @f(i64)  define i64 @caller(i64 %x) { %y = call i64 @f(i64 %x)  ret i64 %y }"
"""A module of its own, linked to `f`."""


def version(value, more=""):
    """A module whose `f` adds a value of its own, and more definitions."""
    return f"define i64 @f(i64 %x) {{ %y = add i64 %x, {value}  ret i64 %y }} {more}"
