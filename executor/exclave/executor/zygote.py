"""The zygote: a small single-threaded process that has everything loaded which a worker needs, and forks
workers.

Owns: the loop, the forks, the reaping. Must not know: gRPC, sessions, tokens, memory of any session.
Invariant: it is exec'd by the daemon, so it has its own address layout and none of the daemon's views,
descriptors, environment or secrets; when the daemon is gone (end of file) its workers are killed and it
exits.
"""

from __future__ import annotations

import array
import contextlib
import ctypes
import gc
import json
import os
import select
import signal
import socket
import sys
import time

from exclave.executor import kernel, root_folder, worker
from exclave.executor.layers import Layer
from exclave.executor.policy import Allowed
from exclave.executor.syscall_filter import common_rules
from exclave.executor.worker import Surroundings
from exclave.executor.zygote_protocol import DESCRIPTORS, EXITED, FAILED, FORKED, RECORD, SOCKET

_PR_SET_NAME = 15


def main() -> None:
    """Runs until the daemon's end of the socket is closed."""
    _leave_terminal()
    _preload()
    daemon = socket.socket(fileno=SOCKET)
    with contextlib.suppress(OSError):  # the daemon died meanwhile: the same as end of file
        _Zygote(daemon, _surroundings()).run()


def _leave_terminal() -> None:
    """Ctrl-C is for the daemon, which stops us in order; no descriptor of the daemon's parents stays open."""
    with contextlib.suppress(OSError):
        os.setsid()
    kernel.close_from(SOCKET + 1)
    null = os.open("/dev/null", os.O_RDWR)
    for fd in (0, 1):
        os.dup2(null, fd, inheritable=True)
    os.close(null)


def _surroundings() -> Surroundings:
    """What all workers get: namespaces from who started us, an environment without entries, an empty folder."""
    namespaces = [Layer(*layer) for layer in json.loads(sys.argv[2])]
    environment = Layer("environment", True, "no variable of the daemon's, and none but the time zone, which is UTC")
    layers = (environment, *namespaces)
    if not any(layer.name == "mount_namespace" and layer.active for layer in namespaces):
        return Surroundings(os.getpid(), layers, None, "there is no mount namespace of our own")
    try:
        return Surroundings(os.getpid(), layers, root_folder.empty_folder())
    except OSError as error:
        return Surroundings(os.getpid(), layers, None, f"this host lets us mount nothing ({error.strerror})")


def _preload() -> None:
    """Loads what code may refer to, and fixes what libc would otherwise read from files later."""
    name = ctypes.create_string_buffer(b"exclave-zygote")
    kernel.prctl(_PR_SET_NAME, ctypes.addressof(name))
    for library in ("libm.so.6", "libgcc_s.so.1"):
        with contextlib.suppress(OSError):  # other C libraries have libm inside
            ctypes.CDLL(library, ctypes.RTLD_GLOBAL)
    os.environ.clear()
    os.environ["TZ"] = "UTC0"  # localtime() would look for /etc/localtime
    time.tzset()
    with contextlib.suppress(NotImplementedError):  # each worker will say so
        for threads in (False, True):
            common_rules(worker.CONTROL, Allowed(threads))
    os.umask(0o022)
    gc.disable()
    gc.freeze()


class _Zygote:
    """The loop."""

    def __init__(self, daemon: socket.socket, surroundings: Surroundings) -> None:
        self._daemon = daemon
        self._surroundings = surroundings
        self._workers: set[int] = set()
        self._wake, wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def run(self) -> None:
        try:
            while self._turn():
                pass
        finally:
            self._kill_all()

    def _turn(self) -> bool:
        ready, _, _ = select.select([self._daemon, self._wake], [], [])
        if self._wake in ready:
            os.read(self._wake, 4096)
            self._reap()
        return self._daemon not in ready or self._take_request()

    def _take_request(self) -> bool:
        data, fds, _, _ = socket.recv_fds(self._daemon, RECORD.size, DESCRIPTORS, socket.MSG_CMSG_CLOEXEC)
        if not data:
            return False
        _, number, _, _ = RECORD.unpack(data)
        try:
            self._fork(number, fds)
        except OSError as error:
            self._daemon.send(RECORD.pack(FAILED, number, error.errno or 0, 0))
        finally:
            for fd in fds:
                os.close(fd)
        return True

    def _fork(self, number: int, fds: list[int]) -> None:
        pid = os.fork()
        if pid == 0:
            worker.run(fds, self._surroundings)
        self._workers.add(pid)
        pidfd = os.pidfd_open(pid)  # not reaped yet, so the number is still this process
        try:
            rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [pidfd]))]
            self._daemon.sendmsg([RECORD.pack(FORKED, number, pid, 0)], rights)
        finally:
            os.close(pidfd)

    def _reap(self) -> None:
        while self._workers:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
            if pid == 0:
                return
            self._workers.discard(pid)
            self._daemon.send(RECORD.pack(EXITED, pid, status, round((usage.ru_utime + usage.ru_stime) * 1e6)))

    def _kill_all(self) -> None:
        for pid in self._workers:
            os.kill(pid, signal.SIGKILL)
        for pid in self._workers:
            os.waitpid(pid, 0)
