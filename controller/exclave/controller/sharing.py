"""Things that a process has one of, made for the first user and ended with the last.

Owns: counting users. Must not know: what is shared. Invariant: the thing is made at most once at a time, ended
exactly once, at the latest when the interpreter exits; a forked child never ends its parent's.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar


class Shareable(Protocol):
    """What can be shared."""

    @property
    def running(self) -> bool:
        """Whether it can still be used; one that cannot is replaced for the next user."""
        ...

    def close(self) -> None:
        """End it."""
        ...


T = TypeVar("T", bound=Shareable)


class Shared(Generic[T]):
    """One `T` for all users of this process."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._current: T | None = None
        self._users: dict[int, int] = {}  # id of the thing -> users
        self._made_by: dict[int, int] = {}  # id of the thing -> the process that made it
        atexit.register(self._close_at_exit)

    def acquire(self) -> T:
        """The thing, made now if there is none; `release` it once."""
        with self._lock:
            if self._current is None or not self._ours(self._current) or not self._current.running:
                self._current = self._make()
                self._made_by[id(self._current)] = os.getpid()
            self._users[id(self._current)] = self._users.get(id(self._current), 0) + 1
            return self._current

    def release(self, thing: T) -> None:
        """Give up one use."""
        with self._lock:
            self._users[id(thing)] -= 1
            if self._users[id(thing)]:
                return
            del self._users[id(thing)]
            if self._current is thing:
                self._current = None
            ours = self._ours(thing)
            del self._made_by[id(thing)]
        if ours:
            thing.close()

    def _ours(self, thing: T) -> bool:
        return self._made_by.get(id(thing)) == os.getpid()

    def _close_at_exit(self) -> None:
        if self._current is not None and self._ours(self._current):
            self._current.close()
