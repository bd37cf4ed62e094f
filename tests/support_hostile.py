"""Sessions whose code attacks its own lanes, and how a call of such code may end.

Owns: the hostile programs, the false answers that they give, the words for endings. Must not know: what each attack
is to come to. Invariant: `ending` knows the documented errors only; anything else is raised, and fails the test.
"""

from __future__ import annotations

import os
import struct
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from exclave.controller.errors import (
    CallbackRoomError,
    CallDepthError,
    CallTimeout,
    ExecutorCrash,
    ExecutorError,
    ExitCalled,
)

LANE_SIZE = 65536
RETURNED, EXITED, CALLBACK, UNWOUND, NO_ROOM = range(5)
SOON = 8.0
"""Seconds in which everything here ends, on a busy machine too: the deadlines are a tenth of that or less."""

_FOLDER = Path(__file__).parent
_FUTEX = {"x86_64": "202"}.get(os.uname().machine, "98")
PROGRAMS = (_FOLDER / "support_hostile.ll").read_text()
SYSTEM = (_FOLDER / "support_hostile_system.ll").read_text().replace("@FUTEX@", _FUTEX)
SIGNATURES = {
    "add": ("i32", ["i32", "i32"]),
    "apply": ("i64", ["ptr", "i64"]),
    "poke": ("void", ["ptr", "i32"]),
    "never": ("void", []),
    "storm": ("void", ["ptr"]),
    "lie_on": ("void", ["ptr", "ptr", "ptr"]),
    "lies": ("void", ["ptr", "ptr", "i32", "i32", "ptr"]),
    "scribble": ("ptr", ["ptr"]),
    "start": ("i32", ["ptr", "ptr"]),
}


class Lie(NamedTuple):
    """One false answer; the fields of %Lie. `slots` counts from behind the frame, `ahead` from the message's number."""

    status: int
    code: int = 0
    callback: int = 0
    slots: int = 0
    size: int = 8
    fill: int = 0
    ahead: int = 0

    def packed(self) -> bytes:
        narrow = (self.status, self.code, self.slots, self.size, self.ahead)
        status, code, slots, size, ahead = (number % 2**32 for number in narrow)
        callback, fill = self.callback % 2**64, self.fill % 2**64
        return struct.pack("<IIQIIQII", status, code, callback, slots, size, fill, ahead, 0)


class Prey:
    """A session with the hostile programs, and where its lanes lie: the control lane, the call lanes, dispatch."""

    def __init__(self, session: Any) -> None:
        self.session = session
        session.add_ir(PROGRAMS)
        zone = session.opened.zones["lanes"]
        self.control = zone.address
        self.lanes = zone.address + LANE_SIZE
        self.call_lanes = session.opened.call_lanes
        self.dispatch = session.opened.dispatch_lane
        self.wake = 0
        self._kept: list[Any] = []
        if not session.shared:  # the daemon sleeps until it is woken; the controller looks by itself now and then
            self.use_system()

    def use_system(self) -> None:
        """Have what needs system calls."""
        if self.wake:
            return
        self.session.add_ir(SYSTEM)
        self.wake = self.session.lookup("wake")

    def each_lane(self) -> range:
        """The addresses of the call lanes."""
        return range(self.lanes, self.dispatch, LANE_SIZE)

    def function(self, name: str) -> Any:
        return self.session.function(name, *SIGNATURES[name])

    def bytes_at(self, content: bytes) -> int:
        """The address of some bytes, which stay."""
        array = self.session.asarray(np.frombuffer(content, np.uint8))
        self._kept.append(array)
        return array.address

    def lies(self, script: Sequence[Lie], stay: bool, timeout: float) -> None:
        """Call a function that answers with lies of its own."""
        place = self.bytes_at(b"".join(lie.packed() for lie in script))
        self.function("lies")(self.lanes, place, len(script), stay, self.wake, timeout=timeout)

    def lie_on(self, lane: int, lie: Lie) -> None:
        """Call a function that answers with a lie on another lane."""
        self.function("lie_on")(lane, self.bytes_at(lie.packed()), self.wake)

    def scribbler(self, low: int, high: int, rounds: int = 0, lanes: int = 0, count: int = 0) -> int:
        """The argument of `scribble` and `wake_all`: words `low` to `high` of the lanes, by default all call lanes."""
        return self.bytes_at(struct.pack("<5Q", lanes or self.lanes, count or self.call_lanes, low, high, rounds))

    def start(self, name: str, argument: int) -> None:
        """Start a thread, which may see to it that this call is answered falsely, or never."""
        self.function("start")(self.session.lookup(name), argument, timeout=1)


def ending(do: Callable[[], Any]) -> str:
    """How a call ended, in a word; for a worker that is no more, its `ExecutorCrash.kind`."""
    try:
        do()
    except ExitCalled:
        return "exited"
    except CallTimeout:
        return "deadline"
    except ExecutorCrash as crash:
        return crash.kind
    except CallDepthError:
        return "too deep"
    except CallbackRoomError:
        return "no room"
    except ExecutorError:
        return "refused"
    return "returned"


@contextmanager
def soon() -> Iterator[None]:
    """What is in here ends soon."""
    begin = time.monotonic()
    yield
    assert time.monotonic() - begin < SOON
