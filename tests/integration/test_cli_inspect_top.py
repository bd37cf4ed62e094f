"""`exclave inspect` and `exclave top` as a person types them."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from exclave.controller import connect
from support_executor import running_daemon

PROGRAMS = Path(__file__).parent.parent / "programs"
ORRERY = sorted((PROGRAMS / "orrery").glob("*.ll"))
COMMAND = [sys.executable, "-m", "exclave.controller.cli"]


def exclave(*arguments, **options):
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, **options)


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    folder = tmp_path_factory.mktemp("d")
    folder.chmod(0o700)
    with running_daemon(folder) as running:
        yield running


def test_inspect_prints_a_table():
    done = exclave("inspect", *ORRERY)
    assert (done.returncode, done.stderr) == (0, "")
    zones, trackers = done.stdout.split("\n\n")[1:]
    assert [line.split()[0] for line in zones.splitlines()] == ["zone", "code", "readonly", "data"]
    assert {Path(line.split()[0]).name for line in trackers.splitlines()} >= {path.name for path in ORRERY}


def test_inspect_draws_a_picture(tmp_path):
    done = exclave("inspect", *ORRERY, "--svg", tmp_path / "out.svg")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    ElementTree.parse(tmp_path / "out.svg")
    text = (tmp_path / "out.svg").read_text()
    assert all(path.name in text for path in ORRERY)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["missing.ll"], "cannot read"),
        ([PROGRAMS / "small" / "hello.ll", "--svg", "/nonexistent/out.svg"], "/nonexistent/out.svg: cannot be written"),
        ([PROGRAMS / "orrery" / "orrery.ll"], "exclave inspect takes several"),
    ],
)
def test_inspect_says_what_is_wrong(arguments, words):
    done = exclave("inspect", *arguments)
    assert done.returncode == 1
    assert done.stderr.startswith("exclave: ")
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_top_without_sessions(daemon):
    for how in ((), ("--once",)):  # what is no terminal gets one look
        done = exclave("top", daemon.address, *how)
        assert (done.returncode, done.stderr) == (0, "")
        assert "no sessions" in done.stdout


def test_top_shows_sessions(daemon):
    with connect(daemon.address) as executor, executor.session() as session:
        name = session.stats().worker.name
        done = exclave("top", daemon.address, "--once", env=os.environ | {"COLUMNS": "160"})
        assert (done.returncode, done.stderr) == (0, "")
        heading, columns, line = done.stdout.strip().splitlines()
        assert daemon.address in heading
        assert columns.split()[:6] == ["session", "worker", "up", "code", "readonly", "data"]
        assert line.split()[:2] == [name, str(session.opened.worker_pid)]


def test_top_for_programs(daemon):
    with connect(daemon.address) as executor, executor.session() as session:
        done = exclave("top", daemon.address, "--json")
        (found,) = json.loads(done.stdout)["sessions"]
        assert found["worker_pid"] == session.opened.worker_pid
        assert set(found["zones"]) == {"code", "readonly", "data", "lanes"}
        assert session.opened.token.hex() not in done.stdout


def test_top_on_a_terminal_ends_quietly_with_ctrl_c(daemon):
    with connect(daemon.address) as executor, executor.session() as session:
        ours, theirs = pty.openpty()
        environment = os.environ | {"TERM": "xterm", "COLUMNS": "160", "LINES": "40"}
        command = [*COMMAND, "top", daemon.address, "--interval", "0.1"]
        process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=subprocess.PIPE, env=environment)
        os.close(theirs)
        try:
            name, shown = session.stats().worker.name.encode(), b""
            while shown.count(name) < 3:  # it looks again and again
                shown += os.read(ours, 65536)
            process.send_signal(signal.SIGINT)
            while chunk := _read(ours):  # its last words: else it could not write them
                shown += chunk
        finally:
            _, errors = process.communicate(timeout=20)
            os.close(ours)
        assert (process.returncode, errors) == (0, b"")
        assert b"\x1b[?1049l" in shown, "the screen as it was before"


def _read(terminal: int) -> bytes:
    """Nothing once nobody has its other end."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


def test_top_where_nobody_is(tmp_path):
    done = exclave("top", f"unix:{tmp_path}/x.sock", "--connect-timeout", "0")
    assert done.returncode == 1
    assert "start one with" in done.stderr


def test_top_looks_where_a_daemon_listens_that_was_not_told_where(tmp_path):
    """The executor has the same rule; the two never import each other."""
    environment = os.environ | {"XDG_RUNTIME_DIR": str(tmp_path)}
    done = exclave("top", "--connect-timeout", "0", env=environment)
    assert f"unix:{tmp_path}/exclave/executor.sock" in done.stderr
