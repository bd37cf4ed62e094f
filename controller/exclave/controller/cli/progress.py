"""A progress bar on stderr, for whoever looks at it and only if it takes a while.

Owns: when there is one. Must not know: what progresses. Invariant: where stderr is no terminal nothing is written; a
bar that was shown is gone when the body is done, and nothing else is redirected.
"""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

from rich.console import Console

DELAY = 0.5
"""Seconds after which somebody who waits begins to wonder."""


class Bar:
    """A bar of so many steps; each has a name."""

    def __init__(self, steps: int, console: Console | None = None, delay: float = DELAY) -> None:
        """`console`: where to, if it is a terminal; default: stderr."""
        self._console = console or Console(stderr=True)
        self._shown = _LateBar(steps, self._console, delay) if self._console.is_terminal else None

    def __enter__(self) -> Self:
        if self._shown is not None:
            self._shown.begin()
        return self

    def step(self, what: str) -> None:
        """The step before is done, and `what` begins."""
        if self._shown is not None:
            self._shown.step(what)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown is not None:
            self._shown.end()


class _LateBar:
    """The bar of a terminal; a timer of its own shows it, since who works has no time for that."""

    def __init__(self, steps: int, console: Console, delay: float) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn  # 20 ms, for terminals only

        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        self._bar = Progress(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False)
        self._task = self._bar.add_task("", total=steps)
        self._began = -1
        self._timer = threading.Timer(delay, self._bar.start)
        self._timer.daemon = True

    def begin(self) -> None:
        self._timer.start()

    def step(self, what: str) -> None:
        self._began += 1
        self._bar.update(self._task, description=what, completed=self._began)

    def end(self) -> None:
        self._timer.cancel()
        self._timer.join()  # so that it is not shown after it was taken away
        self._bar.stop()
