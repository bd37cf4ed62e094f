"""The handle of an executor: where sessions come from.

Owns: connecting, and ending sessions with the handle. Must not know: what a session does.
Invariant: the embedded daemon and the compile workers are started before anything slow is imported, so that
they come up while this process imports gRPC and NumPy (that is half of a cold start).
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from types import TracebackType
from typing import TYPE_CHECKING, Self

from .addresses import ExecutorAddress, parse_address
from .checks import checked_patience
from .compile.cache import ObjectCache
from .compile.pool import CompilePool
from .embedded import EmbeddedDaemon, embedded_daemon
from .errors import ExclaveError, SessionClosedError
from .identification import NOBODY, TLS, Identification, checked_identification
from .policy import Limits, Policy, checked_limits, checked_policy
from .sharing import Shared

if TYPE_CHECKING:
    from .calls.native import NativeCaller
    from .graph_cache import GraphCache
    from .model import Capabilities
    from .output import OutputConsumer
    from .remote.connection import Connection
    from .session import Session
    from .session_runtime import SessionRuntime
    from .statistics import ExecutorStats

_log = logging.getLogger(__name__)
compile_pool = Shared(CompilePool)
"""The process's compile workers."""


def connect(
    address: str | None = None,
    *,
    timeout: float | None = None,
    tls: TLS | None = None,
    token: str | None = None,
    token_file: str | os.PathLike[str] | None = None,
) -> Executor:
    """Connect to the executor at `unix:/path` or `host:port`; with no address, to one of this process's own.

    For executors elsewhere: `tls` has certificates, `token` or `token_file` a bearer token (default: the file that
    EXCLAVE_TOKEN_FILE names).

    The embedded executor is started on demand, and gone with its last user. `timeout` in seconds: how long an executor
    may take to answer that is about to start; 0 tries once. Without one that is 10, and 1 if its socket is not there.

    Raises:
        SignatureError: the address is no text, or `timeout` no time.
        AuthenticationError: it does not accept us, or we do not accept it.
        ExecutorUnreachableError: nobody answers there, or the embedded one did not start.
        ExecutorError: it speaks another version of the protocol.
    """
    remote = None if address is None else parse_address(address)
    seconds = checked_patience(timeout)
    identification = checked_identification(remote, tls, token, token_file)
    daemon = embedded_daemon.acquire() if remote is None else None
    pool = compile_pool.acquire()
    try:
        pool.prestart()
        return Executor(_dial(daemon, remote, seconds, identification), pool, daemon)
    except BaseException:
        compile_pool.release(pool)
        if daemon is not None:
            embedded_daemon.release(daemon)
        raise


def _dial(
    daemon: EmbeddedDaemon | None,
    address: ExecutorAddress | None,
    timeout: float | None,
    identification: Identification,
) -> Connection:
    from .remote.connection import Connection  # gRPC: slow to import, so after the daemon's start

    if address is not None:
        return Connection(address, timeout, identification)
    assert daemon is not None
    from . import session  # noqa: F401  (NumPy: a tenth of a second, in which the daemon comes up)

    daemon.wait_ready()
    return Connection(daemon.address, timeout)


class Executor:
    """An executor that answered. Close it, or use it as a context manager; its sessions end with it."""

    def __init__(self, connection: Connection, pool: CompilePool, daemon: EmbeddedDaemon | None) -> None:
        self._connection = connection
        self._pool = pool
        self._daemon = daemon
        self._cache = ObjectCache(pool)
        self._graphs: GraphCache | None = None
        self._runtime: SessionRuntime | None = None
        self._native: NativeCaller | None = None
        self._native_tried = False
        self._sessions: list[Session] = []
        self._lock = threading.Lock()
        self._closed = False
        self._pid = os.getpid()

    @property
    def capabilities(self) -> Capabilities:
        """What the executor is and can do."""
        return self._connection.capabilities

    @property
    def address(self) -> ExecutorAddress:
        """Where it listens."""
        return self._connection.address

    def stats(self) -> ExecutorStats:
        """What all our sessions there have and have done, those of other processes too; nothing of anybody else's."""
        from .remote.statistics import list_session_stats

        return list_session_stats(self._live_connection())

    def session(
        self,
        *,
        reservation: int = 0,
        stdout: OutputConsumer | None = None,
        stderr: OutputConsumer | None = None,
        compile_timeout: float | None = None,
        policy: Policy | None = None,
        limits: Limits | None = None,
        threads: int = 0,
        recover: bool = True,
    ) -> Session:
        """Open a session: a worker process, and `reservation` bytes of address range (0: the default).

        `policy`: what the code may do besides computing and stdio; `limits`: what it may use up.
        `threads`: short for `limits=Limits(threads=...)`.
        `compile_timeout`: seconds that LLVM may take for one module (default: a minute).
        `recover`: bring the session back on another worker when its worker is no more; else it stays dead.
        `stdout` and `stderr` get what the code prints as it comes: a callable that takes text, or a file.

        Raises:
            SignatureError, ArgumentRangeError: `reservation` is no size, `stdout` or `stderr` no consumer, ...
            ExecutorRefusedError: too many sessions, more than this executor allows any of them (the text has both
                numbers and the setting's name), no such path or library, or a layer that the policy demands is missing.
            SessionClosedError: this handle is closed.
        """
        from .session import Session  # NumPy: slow to import, so not before somebody needs it

        if self._closed or self._pid != os.getpid():
            raise SessionClosedError("the executor's handle is closed, or another process's: connect() again")
        session = Session(
            self._live_connection,
            self._pool,
            self._compiler(),
            self._session_runtime(),
            self._native_caller(),
            reservation=reservation,
            stdout=stdout,
            stderr=stderr,
            compile_timeout=compile_timeout,
            policy=checked_policy(policy),
            limits=checked_limits(limits, threads),
            recover=recover,
            on_close=self._forget,
        )
        with self._lock:
            self._sessions.append(session)
        return session

    def _live_connection(self) -> Connection:
        """The connection; another one to another embedded daemon, if that has died."""
        with self._lock:
            if self._daemon is not None and not self._daemon.running and not self._closed:
                self._replace_daemon(self._daemon)
            return self._connection

    def _replace_daemon(self, dead: EmbeddedDaemon) -> None:
        _log.warning("%s", dead.epitaph())
        self._daemon = embedded_daemon.acquire()
        embedded_daemon.release(dead)
        self._connection.close()
        self._connection = _dial(self._daemon, None, None, NOBODY)

    def _compiler(self) -> GraphCache:
        from .graph_cache import GraphCache  # NumPy again

        with self._lock:
            self._graphs = self._graphs or GraphCache(self._cache)
            return self._graphs

    def _session_runtime(self) -> SessionRuntime:
        """The runtime's graph, compiled for the first session."""
        from .session_runtime import SessionRuntime

        compiler = self._compiler()
        with self._lock:
            self._runtime = self._runtime or SessionRuntime(self.capabilities.target, compiler)
            return self._runtime

    def _native_caller(self) -> NativeCaller | None:
        """Our own half of lanes in shared memory; None where it cannot be: calls go through the daemon then."""
        from .calls.native import NativeCaller

        compiler = self._compiler()
        with self._lock:
            if not self._native_tried:
                self._native_tried = True
                with contextlib.suppress(ExclaveError, OSError):
                    self._native = NativeCaller(self.capabilities.target, compiler)
            return self._native

    def _forget(self, session: Session) -> None:
        with self._lock:
            if session in self._sessions:
                self._sessions.remove(session)

    def close(self) -> None:
        """Close its sessions, then the connection; the embedded daemon ends with its last user."""
        with self._lock:
            if self._closed or self._pid != os.getpid():
                return  # a forked child has nothing to close: gRPC does not survive a fork
            self._closed = True
        try:
            for session in list(self._sessions):
                session.close()
        finally:
            self._connection.close()
            compile_pool.release(self._pool)
            if self._daemon is not None:
                embedded_daemon.release(self._daemon)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<exclave executor at {self.address}{' (closed)' if self._closed else ''}>"
