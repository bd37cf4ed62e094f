"""What is wrong with one check, before it is known which file and line it came from.

Owns: the two exceptions that this package keeps to itself; `check.py` makes a `CheckError` of them.
"""

from __future__ import annotations


class Mistake(Exception):
    """A check cannot be read or evaluated, because of what is at `column` (from 0) of its text."""

    def __init__(self, text: str, column: int) -> None:
        super().__init__(text)
        self.column = column


class Unanswerable(Exception):
    """The linked image has nothing that would answer this question; says what it has instead."""
