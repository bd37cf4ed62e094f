"""Options, addresses and the claim on a socket's path."""

from __future__ import annotations

import os
import socket

import pytest
from exclave.executor.address import SocketClaim, default_address, parse_address
from exclave.executor.errors import StartupError
from exclave.executor.options import parse_options
from exclave.executor.zones import DEFAULT_RESERVATION


@pytest.fixture
def folder(tmp_path):
    tmp_path.chmod(0o700)
    return tmp_path


def test_defaults():
    options = parse_options([])
    assert (options.listen, options.max_sessions, options.reservation) == (None, 256, DEFAULT_RESERVATION)
    assert (options.lanes, options.max_threads) == (4, 64)


def test_sizes():
    assert parse_options(["--reservation", "512M"]).reservation == 512 << 20
    assert parse_options(["--reservation", "2g"]).reservation == 2 << 30
    assert parse_options(["--reservation", "1048576"]).reservation == 1 << 20


@pytest.mark.parametrize(
    "arguments",
    [
        ["--reservation", "3G"], ["--reservation", "x"], ["--reservation", "M"], ["--reservation", "1"],
        ["--lanes", "0"], ["--lanes", "65"], ["--max-sessions", "-1"], ["--max-sessions", "one"],
        ["--call-timeout", "0"], ["--call-timeout", "nan"], ["--call-timeout", "soon"], ["--log-level", "loud"],
        ["--log-format", "xml"], ["--max-threads", "4097"], ["--max-threads", "-1"], ["--ready-fd", "-1"], ["--nonsense"],
    ],
)  # fmt: skip
def test_bad_options(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        parse_options(arguments)
    assert caught.value.code == 2
    assert "usage:" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("unix:/a/b.sock", "unix:/a/b.sock"),
        ("unix:///a/b.sock", "unix:/a/b.sock"),
        ("localhost:7777", "localhost:7777"),
        ("127.0.0.2:0", "127.0.0.2:0"),
        ("[::1]:80", "[::1]:80"),
    ],
)
def test_addresses(text, shown):
    assert str(parse_address(text)) == shown


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "neither"), ("7777", "neither"), (":7777", "neither"), ("localhost:", "neither"),
        ("localhost:http", "neither"), ("localhost:65536", "neither"), ("localhost:" + "1" * 5000, "neither"), ("localhost:²", "neither"),
        ("unix:", "names no file"), ("unix:/a/", "names no file"), ("unix:/" + "x" * 107, "107 bytes"),

    ],
)  # fmt: skip
def test_bad_addresses(text, words):
    with pytest.raises(StartupError, match=words):
        parse_address(text)


def test_default_address(monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/r")
    assert default_address() == "unix:/r/exclave/executor.sock"
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert default_address() == "unix:/run/exclave/executor.sock"
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    assert default_address() == "unix:/home/somebody/.local/state/exclave/executor.sock"


def test_claim_makes_a_private_directory(folder):
    path = folder / "new" / "x.sock"
    claim = SocketClaim(path)
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert (path.parent / "x.sock.lock").stat().st_mode & 0o777 == 0o600
    claim.release()
    assert list(path.parent.iterdir()) == []


def test_only_the_last_folder_of_a_path_that_somebody_wrote_is_made(folder):
    with pytest.raises(StartupError, match=f"{folder}/no does not exist: make it first"):
        SocketClaim(folder / "no" / "such" / "x.sock")
    assert list(folder.iterdir()) == []
    SocketClaim(folder / "our" / "own" / "x.sock", with_parents=True).release()
    assert (folder / "our" / "own").stat().st_mode & 0o777 == 0o700


def test_second_claim_names_the_first(folder):
    claim = SocketClaim(folder / "x.sock")
    with pytest.raises(StartupError, match=rf"another executor \(process {os.getpid()}\)"):
        SocketClaim(folder / "x.sock")
    claim.release()
    SocketClaim(folder / "x.sock").release()


def test_stale_socket_and_lock_are_taken_over(folder):
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(folder / "x.sock"))
    (folder / "x.sock.lock").write_text("1234\n")
    SocketClaim(folder / "x.sock").release()
    assert list(folder.iterdir()) == []


def test_somebody_else_listens(folder):
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(folder / "x.sock"))
        other.listen()
        with pytest.raises(StartupError, match="somebody listens"):
            SocketClaim(folder / "x.sock")
    assert not (folder / "x.sock.lock").exists()


def test_a_file_is_in_the_way(folder):
    (folder / "x.sock").write_text("precious")
    with pytest.raises(StartupError, match="not a socket"):
        SocketClaim(folder / "x.sock")
    assert (folder / "x.sock").read_text() == "precious"


def test_directory_that_others_can_change(folder):
    folder.chmod(0o777)
    with pytest.raises(StartupError, match="changed by others"):
        SocketClaim(folder / "x.sock")


def test_symbolic_links(folder):
    (folder / "real").mkdir(mode=0o700)
    (folder / "link").symlink_to(folder / "real")
    with pytest.raises(StartupError, match="symbolic link"):
        SocketClaim(folder / "link" / "x.sock")
    (folder / "real" / "x.sock.lock").symlink_to(folder / "elsewhere")
    with pytest.raises(StartupError, match="lock file"):
        SocketClaim(folder / "real" / "x.sock")
    assert not (folder / "elsewhere").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make somebody else's directory")
def test_directory_of_somebody_else(folder):
    (folder / "theirs").mkdir(mode=0o700)
    os.chown(folder / "theirs", 65534, 65534)
    with pytest.raises(StartupError, match="belongs to user 65534"):
        SocketClaim(folder / "theirs" / "x.sock")
