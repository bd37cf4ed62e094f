"""The words of a check.

Owns: what is a number, a name, a sign. Must not know: what may follow what. Invariant: every character of a check but
blanks is in one token, or is a mistake.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from .mistakes import Mistake

Kind = Literal["number", "name", "sign", "end"]
_TOKEN = re.compile(
    r"[ \t]*(?:(?P<number>0[xX][0-9a-fA-F]+|0[bB][01]+|[0-9]+)"
    r'|(?P<name>[A-Za-z_.$][A-Za-z0-9_.$@]*|"[^"]+")'
    r"|(?P<sign>\*\{|<<|>>|!=|<=|[-+&|=<()\[\]:,}?]))"
)
_MOST_DIGITS = 66  # of a binary number with its 0b
LIMIT = 1 << 64


class Token(NamedTuple):
    """A word: its text, and where it is. A quoted name's text is without the quotes."""

    kind: Kind
    text: str
    start: int
    end: int

    @property
    def shown(self) -> str:
        """For people."""
        return "the end" if self.kind == "end" else repr(self.text)


def split(text: str) -> list[Token]:
    """All tokens of a check, with the end as the last one.

    Raises:
        Mistake: a character that is in none.
    """
    tokens, at, end = [], 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at, end)
        if found is None:
            at += len(text[at:end]) - len(text[at:end].lstrip())
            raise Mistake(f"{text[at]!r} means nothing in a check", at)
        at = found.end()
        tokens.append(_token(found))
    return [*tokens, Token("end", "", end, end)]


def _token(found: re.Match[str]) -> Token:
    kind: Kind = "number" if found["number"] else "name" if found["name"] else "sign"
    return Token(kind, found[kind].strip('"'), found.start(kind), found.end())


def value_of(token: Token) -> int:
    """The value of a number.

    Raises:
        Mistake: not below 2**64, or with a leading zero, which is octal to some.
    """
    text, base = token.text, {"0x": 16, "0b": 2}.get(token.text[:2].lower(), 10)
    if base == 10 and len(text) > 1 and text[0] == "0":
        raise Mistake(f"{text} begins with a zero: write it as a decimal, 0x... or 0b...", token.start)
    if len(text) > _MOST_DIGITS or int(text, base) >= LIMIT:
        raise Mistake("a number of more than 64 bits", token.start)
    return int(text, base)
