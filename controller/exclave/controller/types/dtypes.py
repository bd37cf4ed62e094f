"""NumPy's types for ours.

Owns: the translation. Must not know: arrays' contents. Invariant: the dtype's item size and offsets are the type's.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import SignatureError
from .type import Type


def dtype_of(given: Type) -> np.dtype[Any]:
    """The dtype of a type's values in memory.

    Raises:
        SignatureError: there is none: void, integers of odd widths, padded vectors.
    """
    if given.kind == "struct":
        return _struct_dtype(given)
    if given.element is not None and given.size == given.count * given.item.size:
        inner = given.item.dtype
        return np.dtype((inner.base, (given.count, *inner.shape)))
    letter = _letter(given)
    if letter is None:
        raise SignatureError(f"{given} has no NumPy dtype")
    return np.dtype(letter)


def _letter(given: Type) -> str | None:
    if given.kind == "int" and given.bits == 1:
        return "?"
    if given.kind == "int" and given.bits in (8, 16, 32, 64):
        return f"<{'u' if given.signed is False else 'i'}{given.size}"
    return {"float": f"<f{given.size}", "ptr": "<u8"}.get(given.kind)


def _struct_dtype(given: Type) -> np.dtype[Any]:
    names = given.names or [f"f{index}" for index in range(len(given.fields))]
    return np.dtype(
        {
            "names": list(names),
            "formats": [one.dtype for one in given.fields],
            "offsets": list(given.offsets),
            "itemsize": given.size,
        }
    )
