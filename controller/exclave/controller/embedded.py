"""The embedded daemon: an executor of this process's own, started on demand, gone with its last user.

Owns: the child process, its private socket folder, and who uses it. Must not know: gRPC, sessions.
Invariant: the daemon holds the read end of a pipe whose write end only this process has; when this process
ends, however that happens, the daemon sees the end of file and stops. (PDEATHSIG would fire when the *thread*
that started the daemon ends.)
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from .addresses import UNIX_PATH_MAX, ExecutorAddress, parse_address
from .errors import ExecutorUnreachableError
from .sharing import Shared

START_SECONDS = 30.0
STOP_SECONDS = 10.0


_inherited_by_forks: set[int] = set()
"""Write ends of the pipes that say that this process lives: a forked child must not keep them open."""


def _close_inherited() -> None:
    for descriptor in _inherited_by_forks:
        os.close(descriptor)
    _inherited_by_forks.clear()


os.register_at_fork(after_in_child=_close_inherited)


def private_folder() -> Path:
    """A new folder of mode 0700 whose path leaves room for a socket's name (a socket's path has 107 bytes)."""
    short_enough = len(os.fsencode(tempfile.gettempdir())) < UNIX_PATH_MAX - 40
    return Path(tempfile.mkdtemp(prefix="exclave-", dir=None if short_enough else "/tmp"))  # noqa: S108


class EmbeddedDaemon:
    """One running daemon; shared through `embedded_daemon`."""

    def __init__(self) -> None:
        self.folder = private_folder()
        self.address: ExecutorAddress = parse_address(f"unix:{self.folder}/executor.sock")
        self._log = tempfile.TemporaryFile(prefix="exclave-log-")  # noqa: SIM115  (has no name that could be left behind)
        self._ready_fd, self._alive_fd, self.process = self._start()
        self._ready = False
        self._ready_lock = threading.Lock()

    def _start(self) -> tuple[int, int, subprocess.Popen[bytes]]:
        ready_read, ready_write = os.pipe()
        alive_read, alive_write = os.pipe()
        command = [sys.executable, "-P", "-m", "exclave.executor", "--listen", self.address.target]
        command += ["--ready-fd", str(ready_write), "--parent-fd", str(alive_read), "--log-level", "warning"]
        command += ["--allow-read", "/", "--allow-library", "*"]  # only we can ask it, who may do that anyway
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
                pass_fds=(ready_write, alive_read),
                start_new_session=True,  # Ctrl-C is for the user's process; it decides what becomes of a call
            )
        finally:
            os.close(ready_write)
            os.close(alive_read)
        _inherited_by_forks.add(alive_write)
        return ready_read, alive_write, process

    def wait_ready(self) -> None:
        """Wait until it serves.

        Raises:
            ExecutorUnreachableError: it ended or said nothing in time; the text has the end of its log.
        """
        with self._ready_lock:
            if self._ready:
                return
            readable, _, _ = select.select([self._ready_fd], [], [], START_SECONDS)
            if not readable or not os.read(self._ready_fd, 4096).startswith(b"READY"):
                raise ExecutorUnreachableError(
                    f"the embedded executor did not start: {self._log_tail()}", address=str(self.address)
                )
            self._ready = True

    def _log_tail(self) -> str:
        with contextlib.suppress(OSError):
            size = os.fstat(self._log.fileno()).st_size
            text = os.pread(self._log.fileno(), size, 0).decode(errors="replace").strip()
            if text:
                return text[-2000:]
        return f"it printed nothing (exit status {self.process.poll()})"

    def epitaph(self) -> str:
        """How it ended, and the end of its log, where faulthandler has written what no handler can catch."""
        status = self.process.poll()
        how = f"by {signal.Signals(-status).name}" if status is not None and status < 0 else f"with status {status}"
        return f"the embedded executor ended {how}, another one takes its place; its log: {self._log_tail()}"

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self.process.poll() is None

    def close(self) -> None:
        """End it, gracefully if it listens, and remove its folder. Returns when it is gone."""
        _inherited_by_forks.discard(self._alive_fd)
        os.close(self._alive_fd)
        os.close(self._ready_fd)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


embedded_daemon = Shared(EmbeddedDaemon)
"""The process's daemon; it may not serve yet when it is acquired (`wait_ready`)."""
