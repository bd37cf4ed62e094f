"""Types as people write them.

Owns: which reader a given value needs. Must not know: signatures' limits, values.
Invariant: whatever is given, a type or a `SignatureError` comes out.
"""

from __future__ import annotations

from typing import Any

from ..checks import shown
from ..errors import SignatureError
from .type import VOID, Type


def parse_type(given: Any) -> Type:
    """A type from an IR name (`"i32"`, `"f64"`, `"ptr"`, `"{ i32, [4 x float] }"`), a ctypes type, or None for void.

    Raises:
        SignatureError: it is none of these.
    """
    if isinstance(given, Type):
        return given
    if given is None:
        return VOID
    found = _type_from_text(given) if isinstance(given, str) else _type_from_ctypes(given)
    if found is None:
        raise SignatureError(
            f"{shown(given)} is no type that a call can pass: give i1 to i64, f32, f64, ptr, void or what IR makes of "
            "them ({ i32, f64 }, [4 x i8], <4 x float>), or a ctypes type"
        )
    return found


def _type_from_text(text: str) -> Type | None:
    from .ir_text import type_from_text

    return type_from_text(text)


def _type_from_ctypes(given: Any) -> Type | None:
    if not isinstance(given, type):
        return None
    from .from_ctypes import type_from_ctypes

    return type_from_ctypes(given)
