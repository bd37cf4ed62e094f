"""Files named on the command line, added to a session by what they are.

Owns: which ending means what, and running the C compiler. Must not know: sessions' insides.
Invariant: a file that cannot be used is a `LinkError` or `CompileError` that names it.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from ..errors import CompileError, LinkError
from ..session import Session
from ..session_inputs import read_input
from ..tracker import ResourceTracker

C_ENDINGS = (".c", ".s", ".S")
C_FLAGS = ("-O2", "-fPIC", "-fno-stack-protector", "-c")


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


def compile_c(path: Path) -> bytes:
    """An object from `cc`.

    Raises:
        CompileError: there is no `cc`, or it refuses the file; its output is the message.
    """
    compiler = shutil.which("cc") or shutil.which("clang") or shutil.which("gcc")
    if compiler is None:
        raise CompileError(f"{path}: no C compiler here (cc, clang, gcc): install one, or give IR (.ll, .bc)")
    with tempfile.TemporaryDirectory(prefix="exclave-cc-") as folder:
        output = Path(folder) / "out.o"
        command = [compiler, *C_FLAGS, "-o", str(output), str(path)]
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
        if done.returncode:
            raise CompileError(f"{path}: {done.stderr.strip()}", module=str(path), llvm_message=done.stderr)
        return output.read_bytes()
