"""What an executor's processes hold for a session: committed memory, mappings, descriptors, as the system has it.

Owns: reading /proc. Must not know: what is measured with it. Invariant: the session's numbers are its own, not those of
the spare worker that the daemon keeps ready for a while: its memory files are told apart, its end is waited for.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .workshop import Unavailable

ZONES = 4
SPARE_SECONDS = 15.0
"""The spare worker goes after ten."""
MEMORY_FILE = "/memfd:exclave-"


@dataclass(frozen=True)
class Footprint:
    """`committed`: bytes in the session's zones. The rest: of daemon and worker together; `heap`: the mappings that are
    plain memory of a process's own, which come and go with an interpreter's objects and gRPC's threads; `mappings`: all
    others."""

    committed: int
    mappings: int
    heap: int
    descriptors: int

    @classmethod
    def of(cls, daemon: int, worker: int) -> Footprint:
        """What there is now.

        Raises:
            Unavailable: we may not look into the worker.
        """
        try:
            zones, lines = _mapped_files(worker), _lines(daemon) + _lines(worker)
            heap = sum(_is_heap(line) for line in lines)
            return cls(
                sum(blocks for inode, blocks in _memory_files(daemon) if inode in zones),
                len(lines) - heap,
                heap,
                sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in (daemon, worker)),
            )
        except PermissionError:
            raise Unavailable("only root may ask what a worker holds") from None

    def since(self, before: Footprint) -> Footprint:
        """What came since `before`."""
        return Footprint(
            self.committed - before.committed,
            self.mappings - before.mappings,
            self.heap - before.heap,
            self.descriptors - before.descriptors,
        )


def wait_for_one_session(daemon: int, seconds: float = SPARE_SECONDS) -> None:
    """Until the daemon has one session and no spare worker any more, or for `seconds`."""
    end = time.monotonic() + seconds
    while len({inode for inode, _ in _memory_files(daemon)}) > ZONES and time.monotonic() < end:
        time.sleep(0.1)


def _memory_files(pid: int) -> Iterator[tuple[int, int]]:
    """Inode and committed bytes of each, once."""
    seen = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        status = _memory_file(link)
        if status is not None and status.st_ino not in seen:
            seen.add(status.st_ino)
            yield status.st_ino, status.st_blocks * 512


def _memory_file(link: Path) -> os.stat_result | None:
    try:
        return link.stat() if os.readlink(link).startswith(MEMORY_FILE) else None  # noqa: PTH115  (it is no path)
    except FileNotFoundError:  # closed meanwhile
        return None


def _mapped_files(pid: int) -> set[int]:
    return {int(line.split()[4]) for line in _lines(pid) if MEMORY_FILE in line}


def _lines(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/maps").read_text().splitlines()


def _is_heap(line: str) -> bool:
    """A private mapping without a file: malloc's, a thread's stack and the guard behind it."""
    words = line.split()
    return words[1].endswith("p") and (len(words) < 6 or words[5] == "[heap]")
