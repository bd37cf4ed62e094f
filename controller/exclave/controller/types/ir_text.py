"""Types as LLVM IR writes them, with shorter names for numbers.

Owns: the grammar. Must not know: signatures, values. Invariant: hostile text costs time in proportion to its length,
and never the stack: what is too long or too deep is no type.
"""

from __future__ import annotations

import functools
import re

from ..errors import SignatureError
from .type import PTR, VOID, Type

MAX_TEXT = 64 << 10
MAX_DEPTH = 64

_ALIASES = {
    "float": "f32", "double": "f64", "half": "f16", "pointer": "ptr", "bool": "i1",
    "char": "i8", "short": "i16", "int": "i32", "long": "i64",
}  # fmt: skip
_FIXED = {"ptr": PTR, "void": VOID, **{f"f{bits}": Type("float", bits) for bits in (16, 32, 64)}}
_INTEGER = re.compile(r"([iu])([1-9][0-9]?)\Z")
_TOKEN = re.compile(r"\s*([A-Za-z_]\w*|[0-9]+|<\{|\}>|[\[\]{}<>,*])")
_COUNT = re.compile(r"[0-9]{1,15}\Z")


class _NoTypeError(Exception):
    """The text is no type."""


@functools.lru_cache(maxsize=4096)
def type_from_text(text: str) -> Type | None:
    """The type that a text names, or None.

    Raises:
        SignatureError: it names one that cannot be.
    """
    if len(text) > MAX_TEXT:
        return None
    try:
        return _Reader(_tokens(text)).whole()
    except _NoTypeError:
        return None


def _tokens(text: str) -> list[str]:
    tokens, place, end = [], 0, len(text.rstrip())
    while place < end:
        match = _TOKEN.match(text, place)
        if match is None:
            raise _NoTypeError
        tokens.append(match[1])
        place = match.end()
    return tokens


class _Reader:
    """Reads tokens from left to right."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._place = 0

    @property
    def at_end(self) -> bool:
        return self._place == len(self._tokens)

    def whole(self) -> Type:
        found = self.type(0)
        if not self.at_end:
            raise _NoTypeError
        return found

    def type(self, depth: int) -> Type:
        if depth > MAX_DEPTH:
            raise _NoTypeError
        found = self._unpointed(depth)
        while self._accept("*"):
            found = Type("ptr", 64, pointee=None if found == VOID else found)
        return found

    def _unpointed(self, depth: int) -> Type:
        word = self._next()
        if word in ("{", "<{"):
            return self._struct(packed=word == "<{", depth=depth)
        return self._repeated(word, depth) if word in ("[", "<") else _number_or_pointer(word)

    def _struct(self, packed: bool, depth: int) -> Type:
        fields = [self.type(depth + 1)]
        while self._accept(","):
            fields.append(self.type(depth + 1))
        self._expect("}>" if packed else "}")
        _check_element(*fields)
        return Type("struct", fields=tuple(fields), packed=packed)

    def _repeated(self, opening: str, depth: int) -> Type:
        count = self._next()
        if not _COUNT.match(count):
            raise _NoTypeError
        self._expect("x")
        element = self.type(depth + 1)
        self._expect("]" if opening == "[" else ">")
        _check_element(element)
        return Type("array" if opening == "[" else "vector", element=element, count=int(count))

    def _next(self) -> str:
        if self.at_end:
            raise _NoTypeError
        self._place += 1
        return self._tokens[self._place - 1]

    def _accept(self, token: str) -> bool:
        found = not self.at_end and self._tokens[self._place] == token
        self._place += found
        return found

    def _expect(self, token: str) -> None:
        if not self._accept(token):
            raise _NoTypeError


def _number_or_pointer(token: str) -> Type:
    name = _ALIASES.get(token, token)
    if name in _FIXED:
        return _FIXED[name]
    match = _INTEGER.match(name)
    if match is None or int(match[2]) > 64:
        raise _NoTypeError
    return Type("int", int(match[2]), False if match[1] == "u" else None)


def _check_element(*elements: Type) -> None:
    if VOID in elements:
        raise SignatureError("void cannot be part of another type")
