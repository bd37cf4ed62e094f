"""The root folder that a worker sees: an empty one, or one with nothing but the paths that it may read.

Owns: making both. Must not know: why a path may be read, namespaces (but that we have a right in ours, or not).
Invariant: the host's files are not below the new root, and no descriptor of theirs is left by this module.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence
from pathlib import Path

from exclave.executor import kernel
from exclave.executor.layers import Layer

_RDONLY, _NOSUID, _NODEV, _NOEXEC, _REMOUNT, _BIND, _REC, _PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18
_CLONE_NEWNS = 0x00020000
_COVERED = ("/sys", "/proc", "/tmp")  # noqa: S108 - folders that every host has, covered for a moment
_OPTIONS = "size=1M,mode=755"
_NAME = "root"


def empty_folder() -> int:
    """A descriptor of an empty folder that is nowhere in the tree, and cannot be written to.

    Raises: OSError.
    """
    kernel.mount("none", "/", flags=_REC | _PRIVATE)
    base = _mount_empty()
    kernel.mount("none", base, flags=_REMOUNT | _BIND | _RDONLY | _NOSUID | _NODEV | _NOEXEC)
    fd = os.open(base, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    kernel.unmount(base)
    return fd


def _mount_empty() -> str:
    base = next(folder for folder in _COVERED if Path(folder).is_dir())
    kernel.mount("none", base, "tmpfs", _NOSUID | _NODEV | _NOEXEC, _OPTIONS)
    return base


def enter_empty_root(folder: int | None, why: str) -> Layer:
    """Makes `folder` the root; where there is none, says `why`.

    Raises: OSError.
    """
    if folder is None:
        return Layer(_NAME, False, f"the worker's root is the host's: {why}")
    os.fchdir(folder)
    os.chroot(".")
    return Layer(_NAME, True, "the worker's root is an empty folder")


def separate_mounts() -> None:
    """Gives the worker mounts of its own, before it opens what is to be mounted: nobody can bind others' mounts.

    Raises: OSError.
    """
    kernel.unshare(_CLONE_NEWNS)


def keep_root(why: str) -> Layer:
    """Leaves the worker in the host's root, for the reason `why`."""
    return Layer(_NAME, False, f"the worker's root is the host's, and which files exist can be asked: {why}")


def enter_root_with(paths: Sequence[tuple[str, int]]) -> Layer:
    """Makes a root in which only `paths` exist: name and descriptor of each, opened after `separate_mounts`.

    Raises: OSError.
    """
    base = _mount_empty()
    for name, fd in paths:
        _bind(base + name, fd)
    kernel.mount("none", base, flags=_REMOUNT | _BIND | _RDONLY | _NOSUID | _NODEV | _NOEXEC)
    _pivot(base)
    return Layer(_NAME, True, f"the worker's root has nothing but {len(paths)} paths that the policy names")


def _bind(place: str, fd: int) -> None:
    source = f"/proc/self/fd/{fd}"
    if os.path.lexists(place):
        return  # below one that is bound already
    folder = place if Path(source).is_dir() else os.path.dirname(place)  # noqa: PTH120 - no Path, there is no need
    os.makedirs(folder, mode=0o755, exist_ok=True)  # noqa: PTH103
    if folder != place:
        Path(place).touch()
    kernel.mount(source, place, flags=_BIND | _REC)


def _pivot(base: str) -> None:
    """The old root lies on top of the new one then, for as long as it takes to take it away."""
    os.chdir(base)
    buffer = ctypes.create_string_buffer(b".")
    kernel.syscall(kernel.SYS_PIVOT_ROOT, ctypes.addressof(buffer), ctypes.addressof(buffer))
    kernel.unmount(".")
    os.chdir("/")
