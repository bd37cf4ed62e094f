"""What a test run leaves behind: processes and files of ours that outlive it.

Owns: looking at /proc and at the run's own temporary folder. Must not know: Exclave's modules.
Invariant: only what belongs to this run is reported: its descendants, and processes that carry its folder in
their environment, so that two runs on one machine do not accuse each other.
"""

from __future__ import annotations

import os
import select
import time
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")


def _read(path: Path) -> bytes:
    """A file of /proc, empty when the process is gone or another user's."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _parents() -> dict[int, int]:
    """Each process that is not a zombie, with its parent."""
    parents = {}
    for entry in PROC.iterdir():
        if entry.name.isdecimal():
            fields = _read(entry / "stat").rpartition(b")")[2].split()
            if fields and fields[0] not in (b"Z", b"X"):
                parents[int(entry.name)] = int(fields[1])
    return parents


def _descendants(root: int, parents: dict[int, int]) -> set[int]:
    found = {root}
    while new := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= new
    return found - {root}


def _marked(marker: bytes, parents: dict[int, int]) -> set[int]:
    return {pid for pid in parents if marker in _read(PROC / str(pid) / "environ")}


def processes_of(folder: Path) -> set[int]:
    """This process's descendants, and all that were started with `folder` in their environment."""
    parents = _parents()
    return (_descendants(os.getpid(), parents) | _marked(os.fsencode(folder), parents)) - {os.getpid()}


def _wait_for_end(pid: int, seconds: float) -> None:
    """Until the process has ended, its own way; a pidfd becomes readable then."""
    with suppress(OSError):
        fd = os.pidfd_open(pid)
        try:
            select.select([fd], [], [], max(0.0, seconds))
        finally:
            os.close(fd)


def leftover_processes(folder: Path, before: set[int], patience: float = 5.0) -> list[str]:
    """The processes of this run that are not in `before` and do not end within `patience` seconds."""
    deadline = time.monotonic() + patience
    for pid in processes_of(folder) - before:
        _wait_for_end(pid, deadline - time.monotonic())
    rest = processes_of(folder) - before
    return [f"process {pid}: {_command(pid)}" for pid in sorted(rest)]


def _command(pid: int) -> str:
    words = _read(PROC / str(pid) / "cmdline").replace(b"\0", b" ").strip()
    return words.decode(errors="replace") or _read(PROC / str(pid) / "comm").decode(errors="replace").strip()


def leftover_files(folder: Path) -> list[str]:
    """Sockets, and folders that Exclave made (`exclave-*`), anywhere under `folder`."""
    return [f"file {path}" for path in sorted(folder.rglob("*")) if path.is_socket() or _ours(path)]


def _ours(path: Path) -> bool:
    return path.is_dir() and path.name.startswith("exclave-")
