"""What a session does when its worker is no more: another one, with everything that was there.

Owns: the order of it, and what it tells. Must not know: how a worker is made, how code is linked. Invariant: one thread
rebuilds at a time; a rebuild that fails leaves the session as it was, dead with its reason, for the next use to try
again.

What was live is linked again, at other addresses, from objects that are there already; variables have their initial
values, initializers have run. What lay in the old worker's memory and is not code's own (arrays) is lost.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import tenacity

from .errors import ExecutorCrash, ExecutorUnreachableError
from .session_code import SessionCode
from .session_worker import SessionWorker

REACH_SECONDS = 10.0
"""How long an executor that is gone may take to come back."""


@dataclass(frozen=True)
class Rebuilt:
    """A session has another worker, as `on_rebuilt` callbacks get it.

    Attributes:
        generation: which worker it is; the first was 1.
        reason: why the one before is no more.
        lost: names whose `define`d address lay in its memory, where nothing of that name is; they are undefined now.
    """

    generation: int
    reason: ExecutorCrash
    lost: tuple[str, ...]


class WorkerNeeds(NamedTuple):
    """What a session's workers are to have, and may have more of later: bytes of reservation (0: the executor's
    default), libraries."""

    reservation: int
    libraries: tuple[str, ...]


class Recovery:
    """Brings a session back. One per session; thread-safe."""

    def __init__(
        self,
        first: SessionWorker,
        code: SessionCode,
        make: Callable[[WorkerNeeds], SessionWorker],
        needs: WorkerNeeds,
        install: Callable[[SessionWorker], None],
        wanted: bool,
    ) -> None:
        """`make` opens another worker, `install` has calls go to it; not `wanted`: the session stays dead."""
        self.worker = first
        self.generation = 1
        self._code = code
        self._make = make
        self._needs = needs
        self._install = install
        self._wanted = wanted
        self._lock = threading.RLock()
        self._callbacks: list[Callable[[Rebuilt], object]] = []

    def on_rebuilt(self, callback: Callable[[Rebuilt], object]) -> None:
        """Call back after each rebuild, in the thread that needed it."""
        self._callbacks.append(callback)

    def ensure(self) -> None:
        """Return with a worker that lives, as far as is known.

        Raises:
            ExecutorCrash: the worker is no more, and the session does not come back.
            ExecutorError: it could not be brought back now.
        """
        if self.worker.client.worker_exit is None:
            return
        reason = self.worker.reason_of_end("the session's worker is no more")
        if reason is None:
            return
        if not self._wanted:
            raise reason
        self._rebuild(self.worker, reason)

    def grow(self, reservation: int) -> None:
        """End the worker that lives, and take another one with a larger reservation.

        Raises:
            ArgumentRangeError: it is no larger, or larger than can be; nothing was done.
            ExecutorError: as `_move`.
        """
        with self._lock:
            self.worker.memory.check_larger(reservation)
            needs = self._needs._replace(reservation=reservation)
            event = self._move(needs, "grow", f"the session grows to {reservation} bytes")
        self._tell(event)

    def add_library(self, name: str) -> None:
        """End the worker that lives, and take another one that has a library, too.

        Raises:
            ExecutorError: as `_move`.
        """
        with self._lock:
            if name in self._needs.libraries:
                return
            needs = self._needs._replace(libraries=(*self._needs.libraries, name))
            event = self._move(needs, "add_library", f"the session takes {name}")
        self._tell(event)

    def _move(self, needs: WorkerNeeds, doing: str, text: str) -> Rebuilt:
        """If there is no such worker, the session is as after any end of its worker, and the next use tries to bring it
        back with what it had.

        Raises:
            ExecutorError: there was none.
        """
        worker, before = self.worker, self._needs
        worker.client.end_worker("closed", text, doing)
        self._needs = needs
        try:
            return self._replace(worker, worker.reason_of_end(doing) or ExecutorCrash(text, kind="closed"))
        except BaseException:
            self._needs = before
            raise

    def _rebuild(self, dead: SessionWorker, reason: ExecutorCrash) -> None:
        with self._lock:
            if self.worker is not dead:
                return  # another thread was quicker
            event = self._replace(dead, reason)
        self._tell(event)

    def _replace(self, dead: SessionWorker, reason: ExecutorCrash) -> Rebuilt:
        live = self._code.reset(dead.materializer.code_map, dead.client.opened.zones)
        worker = self._reach()
        try:
            lost = self._code.restore(live)
        except BaseException:
            worker.give_up()
            raise
        self.worker = worker
        self.generation += 1
        self._install(worker)
        dead.give_up()
        return Rebuilt(self.generation, reason, lost)

    def _reach(self) -> SessionWorker:
        """Another worker; an executor that does not answer now may come back."""
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(ExecutorUnreachableError),
            stop=tenacity.stop_after_delay(REACH_SECONDS),
            wait=tenacity.wait_random_exponential(multiplier=0.02, max=1.0),
            reraise=True,
        )
        return retrying(self._make, self._needs)

    def _tell(self, event: Rebuilt) -> None:
        for callback in list(self._callbacks):
            try:
                callback(event)
            except Exception as error:  # it must not stop the others, nor the use that needed the worker
                error.add_note("raised by an on_rebuilt callback; the session works")
                sys.excepthook(type(error), error, error.__traceback__)
