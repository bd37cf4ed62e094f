"""The registry of sessions: who is there, and whose they are.

Owns: tokens, the number of sessions, opening and closing them in order. Must not know: gRPC.
Invariant: whoever does not have a session's token cannot tell whether it exists; a session is in the registry
from the moment it is open until it is closed; after `close_all` none is and none comes.
"""

from __future__ import annotations

import contextlib
import hmac
import logging
import secrets
import threading
import time
from collections import Counter, OrderedDict

from exclave.executor.attachment import Attachment
from exclave.executor.cgroups import ControlGroups
from exclave.executor.errors import (
    ExecutorError,
    FailedPreconditionError,
    NotFoundError,
    ResourceExhaustedError,
    UnavailableError,
)
from exclave.executor.exits import ExitCause, WorkerExit
from exclave.executor.identity import current_identity
from exclave.executor.limits import Limits
from exclave.executor.logs import log_event
from exclave.executor.open_request import OpenRequest, Policy, checked
from exclave.executor.opener import open_parts
from exclave.executor.output import OutputPump
from exclave.executor.parts import Parts
from exclave.executor.sandbox_report import LayerReport
from exclave.executor.session import Session
from exclave.executor.spare import Spare
from exclave.executor.spawner import Spawner
from exclave.executor.statistics import OwnerStats
from exclave.executor.zones import MIN_RESERVATION

_log = logging.getLogger(__name__)
_TOKEN_BYTES = 16
_REMEMBERED = 256  # sessions whose worker died: later requests are told how


class Sessions:
    """All sessions of the daemon."""

    def __init__(self, spawner: Spawner, pump: OutputPump, limits: Limits) -> None:
        self._spawner = spawner
        self._pump = pump
        self.limits = limits
        self._lock = threading.Lock()
        self._sessions: dict[bytes, Session] = {}
        self._dead: OrderedDict[bytes, tuple[str, WorkerExit]] = OrderedDict()  # with the owner
        self._opened: Counter[str] = Counter()  # by owner, since the beginning
        self._crashed: Counter[str] = Counter()
        self._opening = 0
        self._stopping = False
        self._layers: tuple[LayerReport, ...] = ()
        self._groups = ControlGroups()
        self._spare = Spare(self._open_parts)

    def open(self, request: OpenRequest) -> Session:
        """Opens a session; 0 in the request means the default, of threads none.

        Raises: InvalidArgumentError, FailedPreconditionError, ResourceExhaustedError, UnavailableError.
        """
        begin = time.monotonic()
        request = checked(request, self.limits)
        self._take_place()
        try:
            session = self._open(request)
        finally:
            with self._lock:
                self._opening -= 1
        milliseconds = round((time.monotonic() - begin) * 1e3, 2)
        log_event(_log, "session opened", session=session.name, pid=session.parts.worker.pid, ms=milliseconds)
        self._spare.want(request)
        return session

    def find(self, token: bytes, *, whosever: bool = False) -> Session:
        """The session that the token names, in constant time for all tokens; it must be this client's, or `whosever`.

        Raises: NotFoundError; FailedPreconditionError if its worker died and it was closed for that.
        """
        identity = current_identity()
        with self._lock:
            found = [s for known, s in self._sessions.items() if hmac.compare_digest(known, token)]
            dead = [gone for known, gone in self._dead.items() if hmac.compare_digest(known, token)]
        if found and (whosever or found[0].owner == identity):
            found[0].note_use()
            return found[0]
        if dead and dead[0][0] == identity:
            gone = dead[0][1]
            raise FailedPreconditionError("WORKER_GONE", f"the session's worker is no more: {gone.message}", gone)
        raise NotFoundError("NO_SUCH_SESSION", "no session has this token: it was closed, or it is somebody else's")

    def attach(self, token: bytes) -> Attachment:
        """Gives the session's lanes to its controller.

        Raises: NotFoundError, FailedPreconditionError.
        """
        return self.find(token, whosever=True).attach()  # the side channel has its own proof: the peer's user id

    def close(self, session: Session, run_dealloc: bool, reason: str = "the session was closed") -> list[str]:
        """Closes a session; returns the failures of its dealloc actions."""
        failures = session.close(run_dealloc, reason)
        with self._lock:
            known = self._sessions.pop(session.token, None)
            if known is not None and session.exit is not None and session.died:
                self._crashed[session.owner] += session.exit.cause != ExitCause.CLOSED
                self._dead[session.token] = (session.owner, session.exit)
                while len(self._dead) > _REMEMBERED:
                    self._dead.popitem(last=False)
        if known is not None:
            log_event(_log, "session closed", session=session.name, reason=reason)
        return failures

    def all(self) -> list[Session]:
        """Those that are open."""
        with self._lock:
            return list(self._sessions.values())

    def stats(self) -> OwnerStats:
        """Of this client's sessions whose workers live."""
        owner = current_identity()
        found = []
        for session in [session for session in self.all() if session.owner == owner]:
            with contextlib.suppress(ExecutorError):  # it has ended meanwhile
                found.append(session.stats())
        with self._lock:
            return OwnerStats(tuple(found), self._opened[owner], self._crashed[owner])

    def close_idle(self, session: Session, seconds: float) -> None:
        """Ends one that was not used for so long; its lease tells why, and closes it."""
        session.end(ExitCause.CLOSED, f"the session was not used for {seconds:g} s, the executor's --idle-timeout")

    def close_all(self, reason: str) -> None:
        """Closes all sessions, and opens none any more."""
        with self._lock:
            self._stopping = True
            sessions = list(self._sessions.values())
        for session in sessions:
            session.end_worker(reason)
        for session in sessions:
            self.close(session, run_dealloc=False, reason=reason)
        self._spare.stop()
        self._groups.close()

    def layers(self) -> tuple[LayerReport, ...]:
        """The sandbox's layers here, as the last worker of the default policy reported them; starts one for that."""
        if not self._layers:
            session = self._make(checked(OpenRequest(MIN_RESERVATION, 1, ()), self.limits))
            session.close(run_dealloc=False)
        return self._layers

    def _take_place(self) -> None:
        with self._lock:
            if self._stopping:
                raise UnavailableError("STOPPING", "the executor is stopping")
            if len(self._sessions) + self._opening >= self.limits.max_sessions:
                text = f"{self.limits.max_sessions} sessions are open already: close one, or try again later"
                raise ResourceExhaustedError("TOO_MANY_SESSIONS", text, most=self.limits.max_sessions)
            self._opening += 1

    def _open(self, request: OpenRequest) -> Session:
        session = self._make(request)
        with self._lock:
            if not self._stopping:
                self._sessions[session.token] = session
                self._opened[session.owner] += 1
                return session
        session.close(run_dealloc=False)
        raise UnavailableError("STOPPING", "the executor is stopping")

    def _make(self, request: OpenRequest) -> Session:
        parts = self._spare.take(request) or self._open_parts(request)
        if request.policy == Policy():
            self._layers = parts.layers
        return Session(secrets.token_bytes(_TOKEN_BYTES), parts, request.limits.call_timeout, current_identity())

    def _open_parts(self, request: OpenRequest) -> Parts:
        return open_parts(request, self._spawner, self._pump, self._groups)
