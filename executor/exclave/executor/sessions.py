"""The registry of sessions: who is there, and whose they are.

Owns: tokens, the number of sessions, opening and closing them in order. Must not know: gRPC.
Invariant: whoever does not have a session's token cannot tell whether it exists; a session is in the registry
from the moment it is open until it is closed; after `close_all` none is and none comes.
"""

from __future__ import annotations

import hmac
import logging
import secrets
import threading
import time
from collections import OrderedDict

from exclave.executor.attachment import Attachment
from exclave.executor.cgroups import ControlGroups
from exclave.executor.errors import (
    FailedPreconditionError,
    NotFoundError,
    ResourceExhaustedError,
    UnavailableError,
)
from exclave.executor.exits import WorkerExit
from exclave.executor.limits import Limits
from exclave.executor.logs import log_event
from exclave.executor.open_request import OpenRequest, Policy, checked
from exclave.executor.opener import open_parts
from exclave.executor.output import OutputPump
from exclave.executor.sandbox_report import LayerReport
from exclave.executor.session import Parts, Session
from exclave.executor.spare import Spare
from exclave.executor.spawner import Spawner
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
        self._dead: OrderedDict[bytes, WorkerExit] = OrderedDict()
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

    def find(self, token: bytes) -> Session:
        """The session that the token names, in constant time for all tokens.

        Raises: NotFoundError; FailedPreconditionError if its worker died and it was closed for that.
        """
        with self._lock:
            found = [s for known, s in self._sessions.items() if hmac.compare_digest(known, token)]
            dead = [gone for known, gone in self._dead.items() if hmac.compare_digest(known, token)]
        if found:
            return found[0]
        if dead:
            text = f"the session's worker is no more: {dead[0].message}"
            raise FailedPreconditionError("WORKER_GONE", text, dead[0])
        raise NotFoundError("NO_SUCH_SESSION", "no session has this token: it was closed, or it is somebody else's")

    def attach(self, token: bytes) -> Attachment:
        """Gives the session's lanes to its controller.

        Raises: NotFoundError, FailedPreconditionError.
        """
        return self.find(token).attach()

    def close(self, session: Session, run_dealloc: bool, reason: str = "the session was closed") -> list[str]:
        """Closes a session; returns the failures of its dealloc actions."""
        failures = session.close(run_dealloc, reason)
        with self._lock:
            known = self._sessions.pop(session.token, None)
            if known is not None and session.exit is not None and session.died:
                self._dead[session.token] = session.exit
                while len(self._dead) > _REMEMBERED:
                    self._dead.popitem(last=False)
        if known is not None:
            log_event(_log, "session closed", session=session.name, reason=reason)
        return failures

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
                return session
        session.close(run_dealloc=False)
        raise UnavailableError("STOPPING", "the executor is stopping")

    def _make(self, request: OpenRequest) -> Session:
        parts = self._spare.take(request) or self._open_parts(request)
        if request.policy == Policy():
            self._layers = parts.layers
        return Session(secrets.token_bytes(_TOKEN_BYTES), parts, request.limits.call_timeout)

    def _open_parts(self, request: OpenRequest) -> Parts:
        return open_parts(request, self._spawner, self._pump, self._groups)
