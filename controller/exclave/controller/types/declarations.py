"""C declarations: text in, a name and a signature out.

Owns: what comes before and after pycparser: comments, the names of C's headers, errors that say where. Must not know:
what pycparser's nodes mean. Invariant: whatever text is given, a signature or a `SignatureError` comes out; pycparser
is imported when the first declaration is read.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any

from ..errors import SignatureError

if TYPE_CHECKING:
    from .signature import Signature

MAX_TEXT = 256 << 10

_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.DOTALL)
_EXTENSION = re.compile(r"\b__(?:restrict__|restrict|extension__|inline__|inline|const__|const|volatile__|volatile)\b")
_DIRECTIVE = re.compile(r"^[ \t]*#[^\n]*", re.MULTILINE)
_PLACE = re.compile(r"\A(?P<file>[^:\n]*):(?P<place>\d+(?::\d+)?): ")
# What <stddef.h>, <stdint.h>, <stdbool.h> and <sys/types.h> call types on 64-bit Linux.
_HEADER_NAMES = {
    "signed char": "int8_t int_least8_t int_fast8_t",
    "unsigned char": "uint8_t uint_least8_t uint_fast8_t",
    "short": "int16_t int_least16_t",
    "unsigned short": "uint16_t uint_least16_t",
    "int": "int32_t int_least32_t wchar_t pid_t",
    "unsigned": "uint32_t uint_least32_t uid_t gid_t mode_t",
    "long": "int64_t int_least64_t int_fast16_t int_fast32_t int_fast64_t intptr_t ptrdiff_t ssize_t intmax_t",
    "long int": "off_t time_t",
    "unsigned long": "uint64_t uint_least64_t uint_fast16_t uint_fast32_t uint_fast64_t uintptr_t size_t uintmax_t",
    "_Bool": "bool",
    "struct _IO_FILE": "FILE",
}
_PRELUDE = "".join(
    f"typedef {base} {name};" for base, names in _HEADER_NAMES.items() for name in names.split()
)  # fmt: skip


@functools.lru_cache(maxsize=256)
def parse_declaration(text: str) -> tuple[str, Signature]:
    """Name and signature of the one function that a C text declares; types may be defined before it.

    The names of `<stdint.h>` and `<stddef.h>` are known. Structs are passed as a C compiler does.

    Raises:
        SignatureError: it is no C, or declares no function or several, or one that no call can be made to.
    """
    if not isinstance(text, str) or len(text) > MAX_TEXT:
        raise SignatureError(f"a C declaration is a text of at most {MAX_TEXT} characters")
    try:
        return _parse(text)
    except RecursionError:
        raise SignatureError("the C declaration is nested too deeply") from None


def _parse(text: str) -> tuple[str, Signature]:
    from pycparser.c_parser import CParser, ParseError

    from .c_nodes import function_of

    source = f'{_PRELUDE}\n#line 1 "declaration"\n{_prepared(text)}'
    try:
        return function_of(CParser().parse(source, "prelude"))
    except ParseError as error:
        raise SignatureError(_with_place(str(error), text)) from None


def _prepared(text: str) -> str:
    """Without what pycparser does not read; places stay as they are."""
    plain = _EXTENSION.sub(_standard_word, _COMMENT.sub(_without_comment, text))
    directive = _DIRECTIVE.search(plain)
    if directive is not None:
        line = plain.count("\n", 0, directive.start()) + 1
        raise SignatureError(
            f"line {line} of the C declaration: {directive[0].strip()!r}: there is no preprocessor here"
        )
    return plain if plain.rstrip().endswith((";", "}")) else f"{plain.rstrip()};"


def _without_comment(match: re.Match[str]) -> str:
    found = match[0]
    return re.sub(r"[^\n]", " ", found) if found.startswith("/") else found


def _standard_word(match: re.Match[str]) -> str:
    word = match[0].strip("_")
    return word.ljust(len(match[0])) if word in ("restrict", "inline", "const", "volatile") else " " * len(match[0])


def _with_place(said: str, text: str) -> str:
    match = _PLACE.match(said)
    what = said[match.end() :] if match else said.lstrip(": ")
    where = f"line {match['place'].replace(':', ', column ')} of " if match and match["file"] == "declaration" else ""
    return f"{where}the C declaration: {what}: {_shown(text)}"


def _shown(text: str, most: int = 200) -> str:
    plain: Any = " ".join(text.split())
    return repr(plain if len(plain) <= most else f"{plain[:most]}...")
