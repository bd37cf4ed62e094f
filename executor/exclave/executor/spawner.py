"""The daemon's end of the zygote: starts it, asks it for workers, hears of their ends.

Owns: the zygote's process and socket, one thread that reads from it, the handles of workers.
Must not know: sessions, memory, gRPC (the zygote is exec'd before gRPC is imported).
Invariant: a worker's end is told exactly once; a worker is killed through its pidfd, never by number; when
the zygote dies its workers are dead too and count as ended, and the next worker gets a new zygote.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

from exclave.executor.errors import UnavailableError
from exclave.executor.exits import Circumstances, ExitCause, WorkerExit, exit_from_status, exit_on_purpose
from exclave.executor.logs import log_event
from exclave.executor.zygote_protocol import EXITED, FORK, FORKED, RECORD, SOCKET, STARTED, launcher_command

_log = logging.getLogger(__name__)
_TIMEOUT = 10.0
_ROOT = str(Path(__file__).resolve().parents[2])


class WorkerProcess:
    """A worker that was forked: its end can be waited for, or brought about.

    Attributes:
        pid: for people; never used to signal it.
        exit: how it ended, None as long as it has not.
    """

    def __init__(self, pid: int, pidfd: int) -> None:
        self.pid = pid
        self.exit: WorkerExit | None = None
        self._pidfd = pidfd
        self._purpose: tuple[ExitCause, str] | None = None
        self._examine: Callable[[], Circumstances] = Circumstances
        self._listeners: list[Callable[[WorkerExit], None]] = []
        self._lock = threading.Lock()
        self._ended = threading.Event()

    def kill(self, cause: ExitCause, message: str) -> None:
        """Ends it at once; the first cause given counts. Does nothing once it has ended."""
        with self._lock:
            if self._pidfd < 0:
                return
            self._purpose = self._purpose or (cause, message)
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    def on_exit(self, listener: Callable[[WorkerExit], None]) -> None:
        """Has `listener` called once when it has ended, or now if it has."""
        with self._lock:
            if self.exit is None:
                self._listeners.append(listener)
                return
        listener(self.exit)

    def explain_with(self, examine: Callable[[], Circumstances]) -> None:
        """Where to ask, when it has died, what is known of that."""
        self._examine = examine

    def wait(self, timeout: float) -> bool:
        """Waits until its end was told to the listeners; False after `timeout` seconds."""
        return self._ended.wait(timeout)

    def tell_exit(self, status: int | None, cpu_seconds: float = 0.0) -> None:
        """Notes its end: a wait status, or None if the zygote died and nobody knows."""
        with self._lock:
            self.exit = self._explain(status, cpu_seconds)
            listeners, self._listeners = self._listeners, []
            os.close(self._pidfd)
            self._pidfd = -1
        for listener in listeners:
            listener(self.exit)
        self._ended.set()

    def _explain(self, status: int | None, cpu_seconds: float) -> WorkerExit:
        if status is None:
            return WorkerExit(ExitCause.CLOSED, int(signal.SIGKILL), 0, "the zygote ended, and its workers with it")
        known = replace(self._examine(), cpu_used=cpu_seconds)
        if self._purpose is None:
            return exit_from_status(status, known)
        return exit_on_purpose(*self._purpose, status, known)


class _Zygote:
    """One zygote process; `pid`: 0 until it has started. `workers` have the process ids that it knows."""

    def __init__(self) -> None:
        self.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.launcher = _exec_launcher(theirs.fileno())
        self.pid = 0
        self.alive = True
        self.waiting: dict[int, _Fork] = {}
        self.workers: dict[int, WorkerProcess] = {}


class _Fork:
    """A request for a worker that is under way."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.worker: WorkerProcess | None = None
        self.error = "it died"


def _exec_launcher(fd: int) -> int:
    """Starts what starts the zygote: no environment, no descriptor but stdio and the zygote's socket."""
    argv = launcher_command(_ROOT)
    return os.posix_spawn(sys.executable, argv, {}, file_actions=[(os.POSIX_SPAWN_DUP2, fd, SOCKET)])


class Spawner:
    """Starts workers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = count(1)
        self._stopping = False
        self._reader: threading.Thread | None = None
        self._zygote = self._start()

    def fork_worker(self, descriptors: Sequence[int]) -> WorkerProcess:
        """Has a worker forked that inherits `descriptors`, in zygote.py's order.

        Raises: UnavailableError.
        """
        fork = _Fork()
        zygote, number = self._send_request(fork, descriptors)
        if not fork.done.wait(_TIMEOUT):
            fork.error = f"it did not answer within {_TIMEOUT:.0f} s"
        zygote.waiting.pop(number, None)
        if fork.worker is None:
            text = f"the zygote could not start a worker: {fork.error}; try again"
            raise UnavailableError("NO_WORKER", text)
        return fork.worker

    def stop(self) -> None:
        """Ends the zygote, and with it every worker; waits for it."""
        with self._lock:
            self._stopping = True
            zygote = self._zygote
        with contextlib.suppress(OSError):
            zygote.socket.shutdown(socket.SHUT_RDWR)
        if self._reader is not None:
            self._reader.join(_TIMEOUT)

    def _start(self) -> _Zygote:
        zygote = _Zygote()
        self._reader = threading.Thread(target=self._read, args=(zygote,), name="zygote-reader", daemon=True)
        self._reader.start()
        return zygote

    def _send_request(self, fork: _Fork, descriptors: Sequence[int]) -> tuple[_Zygote, int]:
        with self._lock:
            if self._stopping:
                raise UnavailableError("STOPPING", "the executor is stopping")
            if not self._zygote.alive:
                self._zygote = self._start()
            zygote, number = self._zygote, next(self._numbers)
            zygote.waiting[number] = fork
            try:
                socket.send_fds(zygote.socket, [RECORD.pack(FORK, number, 0, 0)], list(descriptors))
            except OSError as error:
                fork.error = str(error)
                fork.done.set()
        return zygote, number

    def _read(self, zygote: _Zygote) -> None:
        with contextlib.suppress(OSError):
            while self._take_record(zygote):
                pass
        self._bury(zygote)

    def _take_record(self, zygote: _Zygote) -> bool:
        data, fds, _, _ = socket.recv_fds(zygote.socket, RECORD.size, 1, socket.MSG_CMSG_CLOEXEC)
        if not data:
            return False
        kind, number, value, cpu_time = RECORD.unpack(data)
        if kind == STARTED:
            zygote.pid = value
            _reap(zygote.launcher)
            return True
        if kind == EXITED:
            zygote.workers.pop(number).tell_exit(value, cpu_time / 1e6)
            return True
        fork = zygote.waiting.pop(number, None)
        if kind == FORKED:
            self._note_worker(zygote, fork, value, WorkerProcess(_process_id(fds[0]), fds[0]))
        elif fork is not None:
            fork.error = os.strerror(value)
        if fork is not None:
            fork.done.set()
        return True

    def _note_worker(self, zygote: _Zygote, fork: _Fork | None, number: int, worker: WorkerProcess) -> None:
        zygote.workers[number] = worker
        if fork is None:
            worker.kill(ExitCause.CLOSED, "whoever asked for it did not wait")
        else:
            fork.worker = worker

    def _bury(self, zygote: _Zygote) -> None:
        """The zygote is gone, and its workers by their parent-death signal; kill them again to be sure."""
        zygote.alive = False
        zygote.socket.close()
        if not self._stopping:
            workers = len(zygote.workers)
            log_event(_log, "zygote ended", logging.ERROR, pid=zygote.pid, workers=workers)
        for worker in zygote.workers.values():
            worker.kill(ExitCause.CLOSED, "the zygote ended")
            worker.tell_exit(None)
        for fork in list(zygote.waiting.values()):
            fork.done.set()
        _reap(zygote.pid or zygote.launcher)


def _process_id(pidfd: int) -> int:
    """The process id as we see it: the zygote's namespace has others. -1 if it has ended."""
    lines = Path(f"/proc/self/fdinfo/{pidfd}").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("Pid:")), -1)


def _reap(pid: int) -> None:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, 0)
