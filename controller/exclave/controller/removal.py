"""Removing units: what goes together, who is in the way, in which order.

Owns: that nobody loses code that he needs without being told. Must not know: lanes, how memory is freed. Invariant: a
removal happens whole or not at all; from the moment that it is certain nobody gets an address of what goes, and only
then is anything freed.

Seen are calls of handles, maps and programs, with all that is linked to what they call, directly or not. Not seen are
threads that native code has started, and pointers that somebody keeps.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Sequence

from .calls.running import RunningCall
from .dylib import Code
from .errors import InUseError, LinkError
from .initializers import ACTION_SECONDS
from .linked_batch import WaitGraph
from .memory import MemoryManager
from .units import MaterializationUnit

LOOK_SECONDS = 0.002
"""How often it is looked whether a call has ended: quick calls tell nobody."""


class Remover:
    """Removes units of one session's worker."""

    def __init__(self, code: Code, memory: MemoryManager, waits: WaitGraph) -> None:
        self._code = code
        self._memory = memory
        self._waits = waits
        self.running: Callable[[], dict[RunningCall, str]] = dict
        """The calls that are being made, each with the name of its function."""

    def remove(
        self, units: Sequence[MaterializationUnit], *, cascade: bool = False, wait: float = 0.0, force: bool = False
    ) -> list[str]:
        """Forget units, which go together and are called as the first one, and free what they had; returns failures of
        their dealloc actions, a sentence each.

        `cascade`: and all that is linked to them. `wait`: seconds for calls that may be in them; `force`: do not ask.

        Raises:
            InUseError: something is linked to it, or a call may be in it.
            LinkError: an initializer of it is running, or a pass of its link, and waits for this.
        """
        leaving = self._leave(units, cascade)
        self._code.changed()
        if not force:
            try:
                self._await_calls(leaving, wait)
            except BaseException:
                self._stay(leaving)
                raise
        return self._free(leaving)

    def _leave(self, units: Sequence[MaterializationUnit], cascade: bool) -> list[MaterializationUnit]:
        """All that goes, users first; nobody gets its addresses from now on."""
        while True:
            with self._code.lock:
                leaving = with_users(unit for unit in units if unit.state not in ("removed", "leaving"))
                _check_linking(leaving)
                in_flight = next((one for one in leaving if one.state == "in flight"), None)
                if in_flight is None:
                    others = [one for one in leaving if one not in units]
                    if others and not cascade:
                        raise _has_users(units[0], others)
                    for one in leaving:
                        one.state = "leaving"
                    return leaving
            self.await_batch(in_flight, f"removing {in_flight.name}")

    def await_batch(self, unit: MaterializationUnit, doing: str) -> None:
        """Until what it is in flight with is live, or has failed.

        Raises:
            LinkError: that waits for this thread.
        """
        batch = unit.batch
        if batch is None:
            return
        with self._waits.waiting(batch) as may:
            if not may:
                raise LinkError(f"{doing}: one of its initializers is running, and waits for this")
            with contextlib.suppress(LinkError):  # if it failed, it is as it was
                batch.wait(doing, ACTION_SECONDS)

    def _await_calls(self, leaving: Sequence[MaterializationUnit], wait: float) -> None:
        """Those that are running now: new ones do not get there."""
        deadline = time.monotonic() + wait
        inside = self.inside(leaving)
        while inside := {call: name for call, name in inside.items() if not call.over}:
            if time.monotonic() >= deadline:
                raise _has_calls(leaving, sorted(set(inside.values())))
            time.sleep(LOOK_SECONDS)

    def inside(self, units: Iterable[MaterializationUnit]) -> dict[RunningCall, str]:
        """Calls that are running of functions that reach some of these, and those that are noted to be inside."""
        wanted = set(units)
        with self._code.lock:
            running = self.running().items()
            found = {call: name for call, name in running if not wanted.isdisjoint(self._reached_from(name))}
            noted = [(call, name) for unit in wanted for call, name in unit.calls_inside.items() if not call.over]
            return found | dict(noted)

    def _reached_from(self, name: str) -> set[MaterializationUnit]:
        entries = (dylib.find(name, pull=False) for dylib in self._code.dylibs)
        found = {entry.unit for entry in entries if entry is not None and entry.unit is not None}
        todo = list(found)
        for unit in todo:  # grows while we walk it
            todo += unit.uses.keys() - found
            found |= unit.uses.keys()
        return found

    def _stay(self, leaving: Iterable[MaterializationUnit]) -> None:
        with self._code.lock:
            for unit in leaving:
                if unit.state == "leaving":  # else its worker is no more
                    unit.state = "pending" if unit.batch is None else "live"

    def _free(self, leaving: Sequence[MaterializationUnit]) -> list[str]:
        with self._code.lock:
            allocations = [unit.allocation for unit in leaving if unit.allocation is not None]
            for unit in leaving:
                unit.detach()
                for dylib in self._code.dylibs:
                    dylib.remove(unit)
                unit.allocation, unit.batch, unit.state = None, None, "removed"
        return self._memory.deallocate(allocations[::-1])


def with_users(units: Iterable[MaterializationUnit]) -> list[MaterializationUnit]:
    """Units and all that is linked to them, directly or not; those that use others first, but for cycles."""
    found: dict[MaterializationUnit, None] = {}
    seen = dict.fromkeys(units)
    path = [(unit, iter(list(unit.users))) for unit in seen]
    while path:
        user = next((one for one in path[-1][1] if one not in seen), None)
        if user is None:  # all of its users are found
            found[path.pop()[0]] = None
        else:
            seen[user] = None
            path.append((user, iter(list(user.users))))
    return list(found)


def _check_linking(leaving: Iterable[MaterializationUnit]) -> None:
    linking = next((one for one in leaving if one.state == "linking"), None)
    if linking is not None:
        raise LinkError(f"removing {linking.name}: it is being linked: a pass of that link cannot remove it")


def _has_users(unit: MaterializationUnit, others: Sequence[MaterializationUnit]) -> InUseError:
    names = tuple(one.name for one in others)
    return InUseError(
        f"removing {unit.name}: {', '.join(names)} refer{'s' if len(names) == 1 else ''} to it: remove that first, or "
        "both together (cascade=True)",
        dependents=names,
    )


def _has_calls(leaving: Sequence[MaterializationUnit], names: Sequence[str]) -> InUseError:
    what, calls = ", ".join(dict.fromkeys(unit.name for unit in leaving)), ", ".join(names)
    return InUseError(
        f"removing {what}: a call of {calls} is running, which may be in it: wait for it (wait=seconds), or have it "
        "trap (force=True)",
        calls=tuple(names),
    )
