"""Ctrl-C, held back while something must not stop in the middle.

Owns: SIGINT's handler while it is held back. Must not know: what must not stop. Invariant: an interrupt is late, never
lost: it comes when the deferral ends, or where it is allowed within it. Other threads than the main one get none.

An exception that may come between any two steps can be prepared for in a function of three lines, but not in a queue
that several threads share: one step that is lost there leaves all others waiting.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

Handler = Callable[[int, Any], Any]


class _Deferral:
    """Notes what comes, instead of the handler that was there."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.arrived: list[tuple[int, Any]] = []

    def note(self, number: int, frame: Any) -> None:
        self.arrived.append((number, frame))

    def deliver(self) -> None:
        """Once, however many came."""
        if self.arrived:
            number, frame = self.arrived[-1]
            self.arrived.clear()
            self.handler(number, frame)


_present: _Deferral | None = None


@contextlib.contextmanager
def interrupts_deferred() -> Iterator[None]:
    """In the body none is noticed, except where `interrupts_allowed`; one that came is raised at its end."""
    global _present
    handler = signal.getsignal(signal.SIGINT)
    if not _is_main() or _present is not None or not callable(handler):
        yield
        return
    _present = deferral = _Deferral(handler)
    try:
        signal.signal(signal.SIGINT, deferral.note)
        yield
    finally:
        _present = None
        signal.signal(signal.SIGINT, handler)
        deferral.deliver()


@contextlib.contextmanager
def interrupts_allowed() -> Iterator[None]:
    """Within a deferral: one that came is raised now, and others are while the body lasts."""
    global _present
    deferral = _present
    if not _is_main() or deferral is None:
        yield
        return
    try:
        _present = None
        signal.signal(signal.SIGINT, deferral.handler)
        deferral.deliver()
        yield
    finally:
        signal.signal(signal.SIGINT, deferral.note)
        _present = deferral


def _is_main() -> bool:
    return threading.current_thread() is threading.main_thread()
