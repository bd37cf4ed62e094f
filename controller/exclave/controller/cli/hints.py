"""What to do about undefined symbols, in the command's words instead of the library's.

Owns: this translation, and names that look like a mistyped one. Must not know: which names there are. Invariant: the
symbols and who refers to them stay; looking for similar names takes a bounded time.
"""

from __future__ import annotations

import contextlib
import difflib
from collections.abc import Iterator, Sequence

from ..errors import DEFINE_HINT, UndefinedSymbolsError

_MOST_NAMES, _MOST_KNOWN = 8, 5000
_LENGTHS = 3  # a name with more characters more or less is no slip


@contextlib.contextmanager
def hinting(hint: str, known: Sequence[str] = ()) -> Iterator[None]:
    """Run the body; an `UndefinedSymbolsError` that would name the session's methods says `hint` instead.

    `known` are names that may have been meant.
    """
    try:
        yield
    except UndefinedSymbolsError as error:
        if not error.message.endswith(DEFINE_HINT):
            raise
        lines = [*did_you_mean(error.symbols, known), hint]
        raise UndefinedSymbolsError(error.referrers, "\n".join(lines)) from None


def did_you_mean(names: Sequence[str], known: Sequence[str]) -> list[str]:
    """A question for each of the names that others are similar to."""
    distinct = sorted(set(known))
    questions = []
    for name in names[:_MOST_NAMES]:
        likely = [other for other in distinct if abs(len(other) - len(name)) <= _LENGTHS][:_MOST_KNOWN]
        close = difflib.get_close_matches(name, likely)
        if close:
            questions.append(f"{name}: did you mean {' or '.join(close)}?")
    return questions
