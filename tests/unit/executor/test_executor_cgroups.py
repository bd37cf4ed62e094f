"""Control groups: both interfaces as folders and files, and the real ones where they can be made."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from exclave.executor.cgroups import ControlGroups, own_groups


@pytest.fixture
def version_2(tmp_path):
    """A group of version 2 as far as files can play it: controllers that can be handed down."""
    (tmp_path / "cgroup.controllers").write_text("cpu memory pids\n")
    (tmp_path / "cgroup.subtree_control").write_text("")
    return tmp_path


def test_nowhere():
    groups = ControlGroups([])
    layer = groups.layer()
    assert (layer.name, layer.active) == ("cgroup", False)
    group = groups.make(1 << 20, 3)
    assert group.folders == ()
    group.add(1)
    assert not group.was_out_of_memory()
    group.remove()
    groups.close()


def test_where_nobody_may(tmp_path):
    (tmp_path / "file").touch()
    groups = ControlGroups([[tmp_path / "file"], [tmp_path / "missing"]])
    assert "missing: No such file or directory" in groups.layer().detail
    assert not groups.layer().active


def test_controllers_are_handed_down_first(version_2):
    groups = ControlGroups([[version_2]])
    assert (version_2 / "cgroup.subtree_control").read_text() == "+memory +pids"
    (ours,) = [folder for folder in version_2.iterdir() if folder.is_dir()]
    assert ours.name == f"exclave-{os.getpid()}"
    groups.close()
    assert not ours.exists()


def test_one_that_has_no_controllers(version_2):
    (version_2 / "cgroup.controllers").write_text("cpu\n")
    groups = ControlGroups([[version_2]])
    assert not groups.layer().active
    assert "neither the memory nor the pids controller" in groups.why_not


def test_what_a_killed_daemon_left_is_removed(tmp_path):
    nobody = next(number for number in range(2**22 - 1, 0, -1) if not Path(f"/proc/{number}").exists())
    old = tmp_path / f"exclave-{nobody}" / "7"
    old.mkdir(parents=True)
    other = tmp_path / "exclave-other"
    other.mkdir()
    ControlGroups([[tmp_path]]).close()
    assert not old.parent.exists()
    assert other.exists()


@pytest.mark.parametrize(
    ("name", "text", "killed"),
    [
        ("memory.events", "low 0\noom 1\noom_kill 1\n", True),
        ("memory.events", "oom 4\noom_kill 0\noom_group_kill 0\n", False),
        ("memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n", True),
        ("memory.oom_control", "oom_kill_disable 0\nunder_oom 0\n", False),
    ],
)
def test_who_was_ended_for_memory(tmp_path, name, text, killed):
    groups = ControlGroups([[tmp_path]])
    group = groups.make(0, 1)
    (group.folders[0] / name).write_text(text)
    assert group.was_out_of_memory() == killed
    (group.folders[0] / name).unlink()
    group.remove()
    groups.close()
    assert list(tmp_path.iterdir()) == []


FORKS = """
import os, sys
sys.stdin.buffer.read(1)
try:
    os.fork()
except BlockingIOError:
    os._exit(7)
os._exit(0)
"""


def test_a_real_one():
    groups = ControlGroups()
    try:
        if not groups.layer().active:
            pytest.skip(groups.why_not)
        group = groups.make(8 << 20, 1)
        assert group.folders
        assert all(
            any(folder.is_relative_to(root) for roots in own_groups() for root in roots) for folder in group.folders
        )
        with subprocess.Popen([sys.executable, "-I", "-c", FORKS], stdin=subprocess.PIPE) as process:
            group.add(process.pid)
            process.communicate(b"x", timeout=20)
        assert process.returncode == (7 if "threads" in groups.layer().detail else 0)
        group.remove()
        assert not any(folder.exists() for folder in group.folders)
    finally:
        groups.close()
