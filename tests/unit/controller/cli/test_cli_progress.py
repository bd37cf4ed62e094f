"""The bar: on terminals that wait for it, nowhere else."""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Iterator

import pytest
from exclave.controller.cli.progress import Bar
from rich.console import Console

NEVER = 3600.0


def terminal() -> tuple[Console, io.StringIO]:
    written = io.StringIO()
    return Console(file=written, force_terminal=True, width=80, color_system=None), written


def run(bar: Bar) -> None:
    with bar:
        for what in ("read", "resolve", "prune"):
            bar.step(what)


class Shown(io.StringIO):
    """What is written; `said` is set once a word was."""

    def __init__(self, word: str) -> None:
        super().__init__()
        self._word = word
        self.said = threading.Event()

    def write(self, text: str) -> int:
        if self._word in text:
            self.said.set()
        return super().write(text)


def test_who_waits_sees_the_phase() -> None:
    written = Shown("prune")
    console = Console(file=written, force_terminal=True, width=80, color_system=None)
    with Bar(3, console, delay=0) as bar:
        for what in ("read", "resolve", "prune"):
            bar.step(what)
        assert written.said.wait(30)
    assert "prune" in written.getvalue()


def test_who_does_not_wait_sees_nothing() -> None:
    console, written = terminal()
    run(Bar(3, console, delay=NEVER))
    assert written.getvalue() == ""


def test_what_is_no_terminal_gets_nothing() -> None:
    written = io.StringIO()
    run(Bar(3, Console(file=written, force_terminal=False), delay=0))
    assert written.getvalue() == ""


@pytest.fixture
def no_thread_stays() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        thread.join(30)
        assert not thread.is_alive()


@pytest.mark.usefixtures("no_thread_stays")
def test_no_output_is_redirected() -> None:
    console, _ = terminal()
    out = sys.stdout
    with Bar(1, console, delay=0) as bar:
        bar.step("x")
        assert sys.stdout is out


@pytest.mark.usefixtures("no_thread_stays")
def test_an_error_ends_it_too() -> None:
    console, _ = terminal()
    with pytest.raises(ValueError, match="x"), Bar(1, console, delay=0):
        raise ValueError("x")
