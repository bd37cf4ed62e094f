"""Control groups: what the system counts for a worker as a whole, where it lets us.

Owns: finding out whether groups can be made, one group for each worker, removing them. Must not know: sessions, what
the limits are for. Invariant: nothing depends on groups: where they cannot be made, `why_not` says why.

Both interfaces: version 2 (one tree, `memory.max`), version 1 (a tree for each controller, `memory.limit_in_bytes`).
Our groups are `exclave-<process id of the daemon>/<number>` below the daemon's own group.
"""

from __future__ import annotations

import contextlib
import errno
import os
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from exclave.executor.sandbox_report import LayerReport

_PREFIX = "exclave-"
_MEMORY_FILES = ("memory.max", "memory.limit_in_bytes")
_EVENT_FILES = ("memory.events", "memory.oom_control")
_CONTROLLERS = ("memory", "pids")
_NAME = "cgroup"


@dataclass(frozen=True, slots=True)
class Group:
    """The groups of one worker: one folder, or one for each controller."""

    folders: tuple[Path, ...]

    def add(self, pid: int) -> None:
        """Puts a process in, and with it all that it will start. Raises: OSError."""
        for folder in self.folders:
            (folder / "cgroup.procs").write_text(str(pid))

    def was_out_of_memory(self) -> bool:
        """Whether the system has ended somebody in it for want of memory."""
        for folder, name in ((folder, name) for folder in self.folders for name in _EVENT_FILES):
            with contextlib.suppress(OSError):
                lines = [line.split() for line in (folder / name).read_text().splitlines()]
                return any(key == "oom_kill" and int(value) > 0 for key, value in lines)
        return False

    def remove(self) -> None:
        """Takes the groups away; nobody is in them any more."""
        for folder in self.folders:
            with contextlib.suppress(OSError):
                folder.rmdir()


class ControlGroups:
    """All groups of this daemon."""

    def __init__(self, places: list[list[Path]] | None = None) -> None:
        """`places`: as `own_groups` finds them, if not given; of each list one folder is enough."""
        self.why_not = "this host has no control groups that we know"
        self._numbers = count(1)
        found = [self._first_made(roots) for roots in (own_groups() if places is None else places)]
        self._folders = [folder for folder in found if folder is not None]

    def layer(self) -> LayerReport:
        """What of this is in force here."""
        limited = [name for name in _CONTROLLERS if any(_limits(folder, name) for folder in self._folders)]
        if not limited:
            return LayerReport(_NAME, False, self.why_not)
        words = {"memory": "memory", "pids": "processes and threads"}
        what = " and ".join(words[name] for name in limited)
        return LayerReport(_NAME, True, f"counts {what} of a worker whose session has a limit of memory or threads")

    def make(self, memory: int, tasks: int) -> Group:
        """A group with limits: bytes (0: any), processes and threads. One without folders where none can be made."""
        number = str(next(self._numbers))
        made = []
        for parent in self._folders:
            with contextlib.suppress(OSError):
                folder = parent / number
                folder.mkdir()
                made.append(folder)
                _write_limits(folder, memory, tasks)
        return Group(tuple(made))

    def close(self) -> None:
        """Takes the daemon's groups away."""
        for folder in self._folders:
            with contextlib.suppress(OSError):
                folder.rmdir()

    def _first_made(self, roots: list[Path]) -> Path | None:
        for root in roots:
            try:
                return _make_folder(root)
            except OSError as error:
                self.why_not = f"no control group can be made in {root}: {error.strerror}"
        return None


def own_groups() -> list[list[Path]]:
    """Where groups could be made, a list for each tree: the daemon's own group, of version 2 also the one above it.

    (A group of version 2 that has processes of its own cannot have others below it with limits.)
    """
    mounts = _cgroup_mounts()
    found = []
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        for key in set(controllers.split(",")) & set(mounts):
            place, root = mounts[key]
            own = Path(place) / os.path.relpath(path, root)
            found.append([own] if key or path == "/" else [own, own.parent])
    return found


def _cgroup_mounts() -> dict[str, tuple[str, str]]:
    """Of each controller ("": version 2): where its tree is mounted, and which of its groups is there."""
    mounts = {}
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        head, _, tail = line.partition(" - ")
        (_, _, _, root, place, *_), (kind, *_, options) = head.split(), tail.split()
        if kind == "cgroup2":
            mounts[""] = (place, root)
        if kind == "cgroup":
            mounts |= {name: (place, root) for name in _CONTROLLERS if name in options.split(",")}
    return mounts


def _make_folder(root: Path) -> Path:
    """The daemon's folder in a group, whose own folders can have limits."""
    _remove_stale(root)
    _hand_down(root)
    folder = root / f"{_PREFIX}{os.getpid()}"
    folder.mkdir(exist_ok=True)
    try:
        _hand_down(folder)
    except OSError:
        folder.rmdir()
        raise
    return folder


def _hand_down(folder: Path) -> None:
    """Version 2: what is below may use our controllers."""
    control = folder / "cgroup.subtree_control"
    if not control.exists():
        return
    there = (folder / "cgroup.controllers").read_text().split()
    wanted = [name for name in _CONTROLLERS if name in there]
    if not wanted:
        raise OSError(errno.ENOTSUP, "it has neither the memory nor the pids controller")
    control.write_text(" ".join(f"+{name}" for name in wanted))


def _limits(folder: Path, controller: str) -> bool:
    """Whether what is below a folder of ours can have such a limit."""
    with contextlib.suppress(OSError):
        return controller in (folder / "cgroup.subtree_control").read_text().split()
    return any((folder / file).exists() for file in (_MEMORY_FILES if controller == "memory" else ("pids.max",)))


def _write_limits(folder: Path, memory: int, tasks: int) -> None:
    limits = {"pids.max": tasks}
    if memory:
        limits |= {"memory.max": memory, "memory.swap.max": 0, "memory.limit_in_bytes": memory}
    for name, value in limits.items():
        if (folder / name).exists():
            (folder / name).write_text(str(value))


def _remove_stale(root: Path) -> None:
    """What daemons left that were killed."""
    for folder in root.glob(f"{_PREFIX}*"):
        number = folder.name.removeprefix(_PREFIX)
        if number.isdigit() and not Path(f"/proc/{number}").exists():
            for old in [*(child for child in folder.iterdir() if child.is_dir()), folder]:
                with contextlib.suppress(OSError):
                    old.rmdir()
