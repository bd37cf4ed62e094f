"""Global variables of the code, by name.

Owns: `session.globals`. Must not know: how names are found and memory is reached. Invariant: exactly a variable's bytes
are read or written, and never those of a constant.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ..errors import ExclaveError, SignatureError
from ..types import Type
from .values import bytes_of, value_of

Find = Callable[[str], tuple[Type | None, bool, int]]
"""The type of a name, whether it is constant, and where it lies; raises KeyError for a name that is no variable."""


class UnknownGlobalError(ExclaveError, KeyError):
    """No global variable has this name.

    Attributes:
        name: it.
        close_matches: names that are much like it.
    """

    name: str = ""
    close_matches: tuple[str, ...] = ()

    __str__ = Exception.__str__  # KeyError shows its message in quotes


class GlobalVariables(Mapping[str, Any]):
    """Reads and writes global variables: `session.globals["name"] = 3`.

    Integers and floats are numbers, i1 is a bool, a pointer is an `ExecutorAddr`, an array a NumPy array (a copy), a
    vector or a struct a tuple. What is read is a copy; to change a part, change the copy and write it.

    `find` may raise what looking up raises; `names` are those of all variables whose type is known.
    """

    def __init__(
        self,
        find: Find,
        names: Callable[[], Iterable[str]],
        read: Callable[[int, int], bytes],
        write: Callable[[int, bytes], None],
    ) -> None:
        self._find = find
        self._names = names
        self._read = read
        self._write = write

    def __getitem__(self, name: str) -> Any:
        given, _, address = self._found(name)
        return value_of(given, self._read(address, given.size) if given.size else b"")

    def __setitem__(self, name: str, value: Any) -> None:
        wanted, constant, address = self._found(name)
        if constant:
            raise SignatureError(
                f"{name} is a constant: the code counts on its value, and cannot be made to see another"
            )
        content = bytes_of(wanted, value, name)
        if content:
            self._write(address, content)

    def _found(self, name: str) -> tuple[Type, bool, int]:
        try:
            given, constant, address = self._find(name)
        except KeyError:
            raise self._unknown(name) from None
        if given is None:
            raise SignatureError(
                f"{name}: its type is not known, since it does not come from IR: use read_memory() and write_memory()"
            )
        return given, constant, address

    def _unknown(self, name: str) -> UnknownGlobalError:
        close = tuple(difflib.get_close_matches(str(name), list(self._names())))
        hint = f": did you mean {' or '.join(close)}?" if close else ""
        return UnknownGlobalError(f"no global variable is called {name!r}{hint}", name=name, close_matches=close)

    def __contains__(self, name: object) -> bool:
        return name in set(self._names())

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._names()))

    def __len__(self) -> int:
        return len(set(self._names()))

    def __repr__(self) -> str:
        names = list(self)
        shown = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
        return f"<exclave global variables: {shown or 'none'}>"
