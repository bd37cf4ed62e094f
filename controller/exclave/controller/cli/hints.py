"""What to do about undefined symbols, in the command's words instead of the library's.

Owns: this translation. Must not know: which names there are. Invariant: the symbols and who refers to them stay.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from ..errors import DEFINE_HINT, UndefinedSymbolsError


@contextlib.contextmanager
def hinting(hint: str) -> Iterator[None]:
    """Run the body; an `UndefinedSymbolsError` that would name the session's methods says `hint` instead."""
    try:
        yield
    except UndefinedSymbolsError as error:
        if error.message.endswith(DEFINE_HINT):
            error.suggest({}, hint)
        raise
