"""The folder for what benches fetch and build, and running the tools that do it.

Owns: tests/bench/.work (git ignores it), where each product is made once and reused. Must not know: what the
products are. Invariant: a product is there whole or not at all: it is made under another name and renamed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

WORK = Path(__file__).resolve().parent / ".work"


class Unavailable(Exception):  # a situation, not a fault: the bench is skipped with this text
    """Something that a bench needs is not to be had; says what to do."""


def product(name: str, make: Callable[[Path], object]) -> Path:
    """`.work/name`, made by `make(path)` when it is not there yet."""
    path = WORK / name
    if not path.exists():
        WORK.mkdir(exist_ok=True)
        unfinished = WORK / f"{name}.{os.getpid()}.part"
        try:
            make(unfinished)
            unfinished.rename(path)
        finally:
            _remove(unfinished)
    return path


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def tool(name: str, package: str) -> str:
    """The path of a program.

    Raises:
        Unavailable: it is not installed.
    """
    path = shutil.which(name)
    if path is None:
        raise Unavailable(f"no {name}: apt-get install {package}")
    return path


def run(command: Sequence[str | Path], environment: Mapping[str, str] | None = None, timeout: float = 600) -> str:
    """Run a program to its end and return what it printed.

    Raises:
        Unavailable: it failed; the end of what it said.
    """
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words, capture_output=True, text=True, timeout=timeout, env={**os.environ, **(environment or {})}
        )
    except subprocess.TimeoutExpired:
        raise Unavailable(f"{words[0]} took longer than {timeout:.0f} s") from None
    if done.returncode != 0:
        raise Unavailable(f"`{' '.join(words[:4])} ...` failed: {_complaint(done.stderr or done.stdout)}")
    return done.stdout


def _complaint(said: str) -> str:
    """The last line that names an error, or else the last line."""
    lines = [line.strip() for line in said.splitlines() if line.strip()] or ["it said nothing"]
    return next((line for line in reversed(lines) if line.lower().startswith("error")), lines[-1])
