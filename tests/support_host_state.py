"""What a daemon and its processes hold: to be the same before and after.

Owns: reading it from /proc. Must not know: Exclave's modules. Invariant: `expect_again` waits for what is still on its
way out, a bounded time, and names what did not go.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
PATIENCE = 10.0
MAPPINGS_TOLERANCE = 64  # malloc's arenas and thread stacks that are kept for the next one
LOOKS, LOOK_SECONDS = 6, 0.05  # nothing tells that a process has got or let go all it will
UNCOLLECTED = 2  # mappings of a closed session that an exception's traceback holds until the next garbage collection
THREADS_TOLERANCE = 4  # of gRPC's own
MAPPINGS_OF_A_THREAD = 3  # its stack, the guard, malloc's arena


@dataclass(frozen=True)
class ProcessState:
    """What one process holds."""

    descriptors: int
    threads: int
    mappings: int
    memory_files: int
    memory_file_bytes: int

    @classmethod
    def of(cls, pid: int) -> ProcessState:
        """What it holds now."""
        links = list((PROC / str(pid) / "fd").iterdir())
        files = [status for link in links if (status := _memory_file(link)) is not None]
        return cls(
            descriptors=len(links),
            threads=len(list((PROC / str(pid) / "task").iterdir())),
            mappings=len((PROC / str(pid) / "maps").read_text().splitlines()),
            memory_files=len(files),
            memory_file_bytes=sum(status.st_blocks * 512 for status in files),
        )


def _memory_file(link: Path) -> os.stat_result | None:
    try:
        return link.stat() if "memfd:" in os.readlink(link) else None  # noqa: PTH115  (it is no path)
    except OSError:
        return None


def children_of(pid: int) -> list[int]:
    """Its child processes, zombies included."""
    found = []
    for task in (PROC / str(pid) / "task").iterdir():
        found += [int(word) for word in (task / "children").read_text().split()]
    return sorted(found)


@dataclass(frozen=True)
class HostState:
    """The daemon, its zygote, and how many workers there are."""

    daemon_pid: int
    daemon: ProcessState
    zygotes: tuple[ProcessState, ...]
    workers: int

    @classmethod
    def of(cls, daemon_pid: int) -> HostState:
        """As it is now."""
        zygotes = children_of(daemon_pid)
        workers = sum(len(children_of(zygote)) for zygote in zygotes)
        states = tuple(ProcessState.of(zygote) for zygote in zygotes)
        return cls(daemon_pid, ProcessState.of(daemon_pid), states, workers)

    @classmethod
    def settled(cls, daemon_pid: int) -> HostState:
        """As it is when nothing changes any more: the spare worker is made some time after the session before."""
        deadline, seen = time.monotonic() + PATIENCE, [cls.of(daemon_pid)]
        while len(seen) < LOOKS or len(set(seen[-LOOKS:])) > 1:
            assert time.monotonic() < deadline, f"it does not settle: {seen[-LOOKS:]}"
            time.sleep(LOOK_SECONDS)
            seen.append(cls.of(daemon_pid))
        return seen[-1]

    def expect_again(self, threads: int = THREADS_TOLERANCE) -> None:
        """It becomes as it was, before long; but for `threads` more, at most."""
        deadline = time.monotonic() + PATIENCE
        while (wrong := self.differences(HostState.of(self.daemon_pid), threads)) and time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)
        assert not wrong, "; ".join(wrong)

    def differences(self, now: HostState, threads: int = THREADS_TOLERANCE) -> list[str]:
        """What there is more of than before."""
        wrong = [f"{now.workers} workers, {self.workers} before"] if now.workers > self.workers else []
        if len(now.zygotes) != len(self.zygotes):
            return [*wrong, f"{len(now.zygotes)} zygotes, {len(self.zygotes)} before"]
        pairs = [("daemon", self.daemon, now.daemon)]
        pairs += [("zygote", old, new) for old, new in zip(self.zygotes, now.zygotes, strict=True)]
        return wrong + [f"{who}: {text}" for who, old, new in pairs for text in _more(old, new, threads)]


def _more(old: ProcessState, new: ProcessState, threads: int) -> list[str]:
    mappings = MAPPINGS_TOLERANCE + MAPPINGS_OF_A_THREAD * threads
    uncollected = dict.fromkeys(("descriptors", "memory_files"), UNCOLLECTED)
    tolerated = {"mappings": mappings, "threads": threads, "memory_file_bytes": 1 << 20} | uncollected
    return [
        f"{getattr(new, name)} {name.replace('_', ' ')}, {getattr(old, name)} before"
        for name in ("descriptors", "threads", "mappings", "memory_files", "memory_file_bytes")
        if getattr(new, name) > getattr(old, name) + tolerated.get(name, 0)
    ]
