"""Finds the checks in a text.

    # check: *{4}(f + 1) = g - next_pc(f)

Owns: what a line with a check looks like: `check:` behind the mark of a comment, or alone. Must not know: the language.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_LINE = re.compile(r"\s*(?:#|//|;|@)?\s*check:(?P<text>.*)", re.DOTALL)


class Check(NamedTuple):
    """A check as it was written: `line` counts from 1; `column`, of its first character, from 0."""

    text: str
    line: int
    column: int


def find_checks(text: str) -> list[Check]:
    """All checks of a text, in its order."""
    found = [(number, _LINE.match(line)) for number, line in enumerate(text.split("\n"), 1)]
    return [_check(number, match) for number, match in found if match]


def _check(number: int, match: re.Match[str]) -> Check:
    text = match["text"]
    blanks = len(text) - len(text.lstrip())
    return Check(text.strip(), number, match.start("text") + blanks)
