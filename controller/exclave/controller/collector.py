"""Pausing the garbage collector while many records are made that form no cycles.

Owns: who has paused it. Must not know: for what. Invariant: it runs again when the last one is done, if it ran before.

A link of thousands of modules makes some hundred thousand small records, all of which stay; the collector would look at
them again and again meanwhile, which is half of the link's time. What is garbage is freed as ever by its count of
references; only cycles wait, and no longer than a link takes.
"""

from __future__ import annotations

import contextlib
import gc
import threading
from collections.abc import Iterator

_lock = threading.Lock()
_pauses = 0
_resume = False


@contextlib.contextmanager
def collector_paused() -> Iterator[None]:
    """In the body, in any thread, cycles are not looked for."""
    global _pauses, _resume
    with _lock:
        if not _pauses:
            _resume = gc.isenabled()
            gc.disable()
        _pauses += 1
    try:
        yield
    finally:
        with _lock:
            _pauses -= 1
            if not _pauses and _resume:
                gc.enable()
