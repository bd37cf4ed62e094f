"""Running what is deferred: constructors, once all that a lookup ships is in place.

Owns: which deferred actions there are, their records, how far they came. Must not know: lanes, memory. Invariant: they
run in the order of their allocations and pairs, and stop at the first failure; `partly` then says what must be undone.

They run as a call does, in the lookup's thread: they may call back, what they call back may look something up, and an
exception of the callback is the lookup's. (ORC: jit_dlopen, which runs initializers after materialization, too.)
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from .alloc_actions import MAX_ARGUMENTS
from .errors import ExecutorRefusedError, ExitCalled
from .memory import LiveAllocation
from .model import Action, ActionPair, CallOutcome

ACTION_SECONDS = 60.0
"""How long initializers may take where nobody says."""
DOING = "run initializers (constructors)"
BATCH = 256
"""Records in one call: a lane has room for some more."""
_HEADER, _RECORD = struct.Struct("<QQQ"), struct.Struct("<QQQQQQ")

RunActions = Callable[[bytes, int, float, Callable[[BaseException, bytes], None]], CallOutcome]
"""A call of the session runtime's `run_actions` (runtime/actions.ll): slots, bytes of the result, seconds, and what to
tell of a call that fails, with its slots then."""


@dataclass(frozen=True, slots=True)
class _Deferred:
    """A deferred finalize action: the `index`th deferred pair of an allocation, which is named by its id."""

    allocation: int
    index: int
    action: Action


def seconds_for(timeout: float | None) -> float:
    """How long initializers may take."""
    return ACTION_SECONDS if timeout is None else timeout


class DeferredActions:
    """The deferred actions of one lookup's allocations."""

    def __init__(self, live: Sequence[LiveAllocation], pairs: Sequence[Sequence[ActionPair]]) -> None:
        """`pairs` of each allocation."""
        self._deferred = {
            allocation.allocation_id: [pair for pair in some if pair.deferred]
            for allocation, some in zip(live, pairs, strict=True)
            if any(pair.deferred for pair in some)
        }
        self._actions = list(self._ordered())
        self._done = 0

    def _ordered(self) -> Iterable[_Deferred]:
        for allocation, pairs in self._deferred.items():
            for index, pair in enumerate(pairs):
                if pair.finalize is not None:
                    yield _Deferred(allocation, index, pair.finalize)

    def run(self, call: RunActions, what: str, timeout: float | None) -> None:
        """Run them all.

        Raises:
            ExitCalled: one called exit(). ExecutorRefusedError: a checked one failed.
            ExclaveError, BaseException: as a call.
        """
        seconds = seconds_for(timeout)
        for begin in range(0, len(self._actions), BATCH):
            batch = [deferred.action for deferred in self._actions[begin : begin + BATCH]]
            outcome = call(_packed(batch), _HEADER.size, seconds, self._note_failure)
            self._note(outcome.result, len(batch))
            if outcome.exited is not None:
                text = f"{what}: an initializer (constructor) called exit({outcome.exited})"
                raise ExitCalled(text, exit_code=outcome.exited)
            if self._done < begin + len(batch):
                raise self._failure(what, outcome.result)

    def _note_failure(self, _error: BaseException, slots: bytes) -> None:
        self._note(slots, BATCH)

    def _note(self, slots: bytes, most: int) -> None:
        """How far it came, in the worker's own words: not believed beyond what was asked."""
        if len(slots) >= _HEADER.size:
            _, done, _ = _HEADER.unpack_from(slots)
            self._done = self._done // BATCH * BATCH + min(done, most)

    def _failure(self, what: str, slots: bytes) -> ExecutorRefusedError:
        _, _, result = _HEADER.unpack_from(slots)
        action = self._actions[self._done].action
        text = f"{what}: alloc action {action.function:#x}{action.arguments} returned {result}"
        return ExecutorRefusedError(text, reason="ACTION_FAILED", status="ABORTED", facts={})

    def partly(self) -> dict[int, int]:
        """By allocation id: how many of its deferred pairs were finalized; empty when all were."""
        if self._done >= len(self._actions):
            return {}
        failed = self._actions[self._done]
        counts = dict.fromkeys(self._deferred, 0)
        for allocation, pairs in self._deferred.items():
            if allocation == failed.allocation:
                counts[allocation] = failed.index
                break
            counts[allocation] = len(pairs)
        return counts


def _packed(actions: Sequence[Action]) -> bytes:
    records = [
        _RECORD.pack(action.function, action.checked, *action.arguments, *[0] * (MAX_ARGUMENTS - len(action.arguments)))
        for action in actions
    ]
    return _HEADER.pack(len(actions), 0, 0) + b"".join(records)
