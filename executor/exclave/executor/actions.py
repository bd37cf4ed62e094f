"""Alloc actions: calls that are tied to an allocation, run in the worker.

Owns: packing, batching, what counts as failure. Must not know: memory, gRPC, which addresses are allowed.
Invariant: actions run in the order given, one batch of many per wake-up, and stop at the first failure.

Slots of `run_actions` (the session runtime's): u64 n, u64 done (out), u64 result of the failed one (out),
then n records of six u64: function (0: nothing to do), checked, four arguments.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from exclave.executor.runtime import Runtime
from exclave.executor.zones import MAX_SLOTS

MAX_ARGUMENTS = 4
_HEADER = struct.Struct("<QQQ")
_RECORD = struct.Struct("<QQQQQQ")
_BATCH = (MAX_SLOTS - _HEADER.size) // _RECORD.size


class Action(NamedTuple):
    """`uint64_t function(uint64_t, ...)`; 0: nothing to do. If `checked`, any result but 0 is a failure."""

    function: int = 0
    arguments: tuple[int, ...] = ()
    checked: bool = False


class ActionPair(NamedTuple):
    """A finalize action and its undoing.

    `deferred`: the controller runs the finalize action itself, through a lane; there is none here.
    """

    finalize: Action
    dealloc: Action
    deferred: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """Which action failed, as an index into those given; a sentence about it; exit()'s argument, if it called that."""

    index: int
    message: str
    exited: int | None = None


def run_actions(runtime: Runtime, actions: Sequence[Action], deadline: float | None) -> Failure | None:
    """Runs actions up to the first that fails; None if all succeeded.

    Raises: what Runtime.control raises.
    """
    for begin in range(0, len(actions), _BATCH):
        failure = _run_batch(runtime, actions[begin : begin + _BATCH], begin, deadline)
        if failure is not None:
            return failure
    return None


def run_all(runtime: Runtime, actions: Sequence[Action], deadline: float | None) -> list[str]:
    """Runs all actions, also behind failed ones; returns a sentence for each failure."""
    failures = []
    begin = 0
    while (failure := run_actions(runtime, actions[begin:], deadline)) is not None:
        failures.append(failure.message)
        begin += failure.index + 1
    return failures


def undoing(pairs: Sequence[ActionPair], deferred_done: int | None) -> list[Action]:
    """The dealloc actions of what was finalized, last first; of deferred pairs the first so many were, None: all."""
    done = []
    for pair in pairs:
        if pair.deferred and deferred_done is not None:
            if deferred_done == 0:
                continue
            deferred_done -= 1
        done.append(pair.dealloc)
    return done[::-1]


def _run_batch(runtime: Runtime, actions: Sequence[Action], begin: int, deadline: float | None) -> Failure | None:
    slots = _HEADER.pack(len(actions), 0, 0) + b"".join(_pack(action) for action in actions)
    outcome = runtime.control(runtime.points().run_actions, slots, deadline)
    _, done, result = _HEADER.unpack_from(outcome.result)
    if done > len(actions) or (outcome.ending and done == len(actions)):
        raise runtime.break_off(f"{done} of {len(actions)} alloc actions done, it says")
    if done == len(actions):
        return None
    how = outcome.ending or f"returned {result}"
    text = f"alloc action {actions[done].function:#x}{actions[done].arguments} {how}"
    return Failure(begin + done, text, outcome.exited)


def _pack(action: Action) -> bytes:
    arguments = action.arguments + (0,) * (MAX_ARGUMENTS - len(action.arguments))
    return _RECORD.pack(action.function, action.checked, *arguments)
