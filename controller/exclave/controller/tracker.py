"""Resource trackers: what was added, to be removed as one.

Owns: nothing but names for people. Must not know: how removal works. Invariant: `remove()` may be called any
number of times. (orc::ResourceTracker)
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from .alloc_actions import Value, user_action
from .checks import checked_timeout
from .errors import LinkError
from .session_inputs import accepting_one
from .units import MaterializationUnit


class Remove(Protocol):
    """Removes a unit: `removal.Remover.remove`."""

    def __call__(self, unit: MaterializationUnit, cascade: bool, wait: float, force: bool) -> None:
        """Forget it, and free what it had."""
        ...


class ResourceTracker:
    """What one `add_...` added to a session."""

    def __init__(self, unit: MaterializationUnit, remove: Remove, lock: threading.RLock) -> None:
        """`lock` is that of all that may change the unit."""
        self._unit = unit
        self._remove = remove
        self._lock = lock

    @property
    def _present(self) -> MaterializationUnit:
        """The unit with its code."""
        return self._unit

    @property
    def name(self) -> str:
        """The unit's name, as in error messages."""
        return self._present.name

    @property
    def symbols(self) -> tuple[str, ...]:
        """The names that it defines."""
        return tuple(symbol.name for symbol in self._present.definitions)

    @property
    def live(self) -> bool:
        """Whether its code is in the executor's memory."""
        return self._present.state == "live"

    @property
    def dependents(self) -> tuple[str, ...]:
        """Names of the units that are linked to it, in the order in which they were."""
        return tuple(user.name for user in list(self._present.users))

    def on_finalized(self, callback: Callable[..., object]) -> None:
        """Call `callback(batch)` (or `callback()`) whenever it goes live: also again, after the session came back.

        It is called with no lock held, in the thread that looked up, before the session's own callbacks, and may look
        up, add and remove. What it raises is reported, and stops nothing.
        """
        unit = self._present
        unit.finalized_callbacks = (*unit.finalized_callbacks, accepting_one(callback))

    def add_action(
        self,
        finalize: Value | None = None,
        dealloc: Value | None = None,
        *,
        arguments: Sequence[Value] = (),
    ) -> None:
        """Tie two calls to it: `finalize` whenever it goes live, and `dealloc` before it is freed.

        Both are `uint64_t f(uint64_t, ...)`, given by name or by address, and get the same arguments, up to four: a
        number, or a symbol's name for its address. What is named goes live with it. They run in the worker: after
        its constructors, in the order in which they were added, and before its destructors in reverse. `finalize` may
        call back. If it returns anything but 0 the lookup fails: those before it are undone, it is not. After the
        session came back they run again. (orc::shared::AllocActions)

        Raises:
            SignatureError, ArgumentRangeError: what was given is no action.
            LinkError: it is live, or about to be: actions are added before it is first looked up.
        """
        action = user_action(finalize, dealloc, arguments)
        with self._lock:
            unit = self._present
            if unit.state != "pending":
                raise LinkError(f"{unit.name} is {unit.state}: an action is added before it is looked up")
            unit.actions = (*unit.actions, action)

    def remove(self, *, cascade: bool = False, wait: float | None = None, force: bool = False) -> None:
        """Forget it; if it is live, run its finalizers and free its memory: code becomes traps, pages go back.

        Args:
            cascade: remove what is linked to it, too.
            wait: seconds to wait for calls that may be in it; new ones are refused meanwhile.
            force: remove it even if a call may be in it, which then traps: the session crashes, and comes back.

        Threads that native code has started and pointers that somebody keeps are not seen: whoever comes to the freed
        code through them traps.

        Raises:
            InUseError: something is linked to it, or a call may be in it; nothing was removed.
            LinkError: it is gone, but a finalizer failed; or one of its initializers is running, and waits for this.
        """
        self._remove(self._present, cascade, checked_timeout(wait) or 0.0, force)

    def __repr__(self) -> str:
        return f"<ResourceTracker {self._present.name}: {self._present.state}>"
