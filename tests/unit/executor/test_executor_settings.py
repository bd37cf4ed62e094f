"""Settings: a flag over the file over the default; whatever is not understood is named."""

from __future__ import annotations

import pytest
from exclave.executor.limits import Limits
from exclave.executor.options import parse_options, read_file
from exclave.executor.settings import Settings, all_settings

FILE = """
max-sessions = 7
max-memory = "2G"
reservation = 1048576
call-timeout = 2
allow-read = ["/usr/share", "/opt"]
allow-library = []
log-format = "json"
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "exclave.toml"
    path.write_text(FILE)
    return path


def test_the_file_gives_what_no_flag_does(file):
    settings = parse_options(["--config", str(file), "--max-sessions", "9", "--allow-library", "libz.so.1"])
    assert (settings.max_sessions, settings.max_memory, settings.reservation) == (9, 2 << 30, 1 << 20)
    assert (settings.call_timeout, settings.log_format) == (2.0, "json")
    assert (settings.allow_read, settings.allow_library) == (("/usr/share", "/opt"), ("libz.so.1",))
    assert settings.lanes == Settings().lanes


def test_defaults_are_those_of_the_table():
    assert parse_options([]) == Settings()
    bounds = Limits()
    assert (bounds.max_memory, bounds.max_cpu_seconds, bounds.max_output) == (0, 0, 0)
    assert bounds.allow_read == ("/usr",)


def test_a_flag_that_comes_again_adds():
    assert parse_options(["--allow-read", "/a", "--allow-read", "/b"]).allow_read == ("/a", "/b")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("max-sesions = 3", "no setting 'max-sesions'; there are: max-sessions, "),
        ("max_sessions = 3", "no setting 'max_sessions'"),
        ("ready-fd = 3", "no setting 'ready-fd'"),
        ("[limits]\nmemory = 3", "no setting 'limits'"),
        ("max-sessions = 0", "max-sessions: 0 is not a number from 1 to 65536"),
        ("max-sessions = true", "max-sessions: True is not a number"),
        ("max-sessions = 1.5", "max-sessions: 1.5 is not a number"),
        ('max-memory = "lots"', "max-memory: 'lots' is not a size"),
        ("max-memory = 1", "max-memory: 1 is not a size from 1M to 1T, nor 0"),
        ("call-timeout = nan", "call-timeout: nan is not a time"),
        ('allow-read = "share"', "allow-read: 'share' is not an absolute path"),
        ("allow-read = [1]", "allow-read: 1 is not text"),
        ('log-level = "loud"', "log-level: 'loud' is none of debug"),
        ("listen = 7", "listen: 7 is not text"),
        ("max-sessions = ", "exclave.toml: "),
    ],
)
def test_what_a_file_says_wrong(tmp_path, capsys, text, words):
    path = tmp_path / "exclave.toml"
    path.write_text(text)
    with pytest.raises(SystemExit) as caught:
        parse_options(["--config", str(path)])
    assert caught.value.code == 2
    error = capsys.readouterr().err
    assert words in error
    assert str(path) in error


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(ValueError, match="No such file"):
        read_file(tmp_path / "none.toml")


def test_a_file_that_is_no_text(tmp_path):
    path = tmp_path / "x.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match=r"x\.toml"):
        read_file(path)


def test_help_has_every_setting_and_its_default(capsys):
    with pytest.raises(SystemExit):
        parse_options(["--help"])
    text = " ".join(capsys.readouterr().out.split())
    for name in all_settings():
        assert f"--{name} " in text
    for default in ("(default: 256)", "(default: 960M)", "(default: /usr)", "(default: 3600.0)"):
        assert default in text
