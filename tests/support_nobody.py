"""Becoming a user without rights: a Python, the packages and the sources where `nobody` can reach them.

Owns: what root does to give somebody else a place to run Exclave. Must not know: what is run there.
Invariant: nothing that is there already changes its mode or owner: what `nobody` cannot reach is linked or
copied into a folder of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
from support_tools import MISSING

NOBODY = 65534
ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Nobody:
    """How to start a Python process as nobody: `[python, ...]` with `options` for subprocess."""

    python: str
    home: Path
    options: dict[str, Any]


def become_nobody(folder: Path) -> Nobody:
    """Make a home, and whatever nobody cannot reach, in `folder`, which everybody can reach."""
    python = _reachable_python()
    roots = [
        _public_copy(ROOT / part / "exclave", folder / part / "exclave") for part in ("controller", "executor", "proto")
    ]
    site = Path(grpc.__file__).parents[1]
    site = site if _can_read(site) else _public_copy(site, folder / "site")
    home = folder / "home"
    home.mkdir(mode=0o700)
    os.chown(home, NOBODY, NOBODY)
    folder.chmod(0o755)
    path = os.pathsep.join([*(str(root.parent) for root in roots), str(site)])
    environment = {"PYTHONPATH": path, "HOME": str(home), "TMPDIR": str(home), "PATH": os.defpath}
    user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    return Nobody(python, home, {**user, "env": environment, "cwd": "/"})


def _reachable_python() -> str:
    """This Python, or the system's of the same version, whose packages have the same binary interface."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for python in (os.path.realpath(sys.executable), f"/usr/bin/{version}"):
        if _can_run(python):
            return python
    return pytest.skip(f"{MISSING}: a {version} that every user can run (apt-get install python3)")


def _public_copy(source: Path, copy: Path) -> Path:
    """`source` where everybody can read it; hard links where the file system allows."""
    shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"), copy_function=_link_or_copy)
    for path in [*copy.parents[:2], copy, *(path for path in copy.rglob("*") if path.is_dir())]:
        path.chmod(0o755)
    return copy


def _link_or_copy(source: str, copy: str) -> None:
    readable = Path(source).stat().st_mode & 0o004
    try:
        if not readable:
            raise OSError
        os.link(source, copy)
    except OSError:
        shutil.copyfile(source, copy)
        Path(copy).chmod(0o755)


def _can_read(path: Path) -> bool:
    return _as_nobody(["test", "-r", str(path)])


def _can_run(python: str) -> bool:
    return _as_nobody([python, "-c", ""])


def _as_nobody(command: list[str]) -> bool:
    try:
        return subprocess.run(command, user=NOBODY, group=NOBODY, extra_groups=[], capture_output=True).returncode == 0
    except OSError:
        return False
