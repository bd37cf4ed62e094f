"""What to do about undefined symbols, in the command's words instead of the library's.

Owns: this translation. Must not know: which names there are. Invariant: the symbols and who refers to them stay.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

from ..errors import DEFINE_HINT, UndefinedSymbolsError
from ..suggestions import close_names


@contextlib.contextmanager
def hinting(hint: str, known: Sequence[str] = ()) -> Iterator[None]:
    """Run the body; an `UndefinedSymbolsError` that would name the session's methods says `hint` instead.

    `known` are names that may have been meant, besides those that the error says.
    """
    try:
        yield
    except UndefinedSymbolsError as error:
        if error.message.endswith(DEFINE_HINT):
            error.suggest(close_names(error.symbols, known), hint)
        raise
