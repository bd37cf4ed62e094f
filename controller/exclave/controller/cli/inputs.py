"""Files named on the command line, added to a session by what they are.

Owns: which ending means what. Must not know: sessions' insides.
Invariant: a file that cannot be used is a `LinkError` or `CompileError` that names it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from ..errors import LinkError
from ..session import Session
from ..session_inputs import read_input
from ..tracker import ResourceTracker
from .compilers import C_ENDINGS, compile_c


def add_files(session: Session, paths: Sequence[Path], optimize: int) -> list[ResourceTracker]:
    """Add all of `paths`: .ll, .bc, .o, .a, and .c through the system's C compiler. An archive gives no tracker."""
    added = [_adder(session, path, optimize)(path) for path in paths]
    return [one for one in added if isinstance(one, ResourceTracker)]


def _adder(session: Session, path: Path, optimize: int) -> Callable[[Path], object]:
    match path.suffix:
        case ".ll":
            return lambda file: session.add_ir(read_text(file), name=str(file), optimize=optimize)
        case ".bc":
            return lambda file: session.add_bitcode(read_file(file), name=str(file), optimize=optimize)
        case ".o":
            return session.add_object
        case ".a":
            return session.add_archive
        case ending if ending in C_ENDINGS:
            return lambda file: session.add_object(compile_c(file), name=str(file))
    raise LinkError(f"{path}: what is it? Exclave runs .ll, .bc, .o and .a, and .c and .s through cc")


def read_file(path: Path) -> bytes:
    """The file's bytes, or a LinkError."""
    return read_input(path, str(path))[0]


def read_text(path: Path) -> str:
    """The file as text; IR is UTF-8 where it is not ASCII."""
    return read_file(path).decode("utf-8", errors="surrogateescape")
