"""The side channel: hands a session's lanes to its owner on the same host, over a UNIX socket.

Owns: the socket, one thread, the clients that have not said their token yet. Must not know: gRPC, what a
session is, which tokens are right.
Invariant: whoever is not our user (or root), or does not say the token of a session in one packet, learns
nothing but "refused"; no client makes another one wait, however slow, silent or many they are.

One packet each way (SOCK_SEQPACKET). The client: the token. The answer: ANSWER, and if it is OK also
ATTACHED, with the attachment's descriptors as SCM_RIGHTS.
"""

from __future__ import annotations

import array
import contextlib
import logging
import os
import select
import socket
import stat
import struct
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from exclave.executor.attachment import Attachment
from exclave.executor.errors import ExecutorError, FailedPreconditionError, StartupError
from exclave.executor.logs import log_event

ANSWER = struct.Struct("<I")
OK, REFUSED, ATTACHED_ALREADY = 0, 1, 2
ATTACHED = struct.Struct("<IIQQ")  # lanes, lane size, lanes zone size, data zone size

TOKEN_BYTES = 16
MAX_PENDING = 64
PATIENCE = 5.0  # seconds that a client has to say its token
_PAUSE = 100  # milliseconds
_LONGEST_PATH = 107
_CREDENTIALS = struct.Struct("iII")  # struct ucred: pid, uid, gid
_log = logging.getLogger(__name__)

Attach = Callable[[bytes], Attachment]


def lane_socket_path(path: Path) -> Path | None:
    """Where the side channel of a daemon at `path` listens; None if no such path can be."""
    beside = path.with_name(path.name + ".lanes")
    return beside if len(os.fsencode(beside)) <= _LONGEST_PATH else None


class _Client(NamedTuple):
    """A client that has not said its token yet, and until when it may."""

    socket: socket.socket
    deadline: float
    is_our_user: bool


class SideChannel:
    """The socket at `path`, and its thread.

    `attach` attaches the session of a token. It raises FailedPreconditionError ALREADY_ATTACHED if somebody
    did, any ExecutorError if it cannot be.

    Raises: StartupError when the socket cannot be made.
    """

    def __init__(self, path: Path, attach: Attach) -> None:
        self._path = path
        self._attach = attach
        self._pending: OrderedDict[int, _Client] = OrderedDict()  # by descriptor, the oldest first
        self._listener = _listen(path)
        self._stop = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._epoll = select.epoll()
        self._epoll.register(self._listener, select.EPOLLIN)
        self._epoll.register(self._stop, select.EPOLLIN)
        self._thread = threading.Thread(target=self._run, name="side-channel", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread, and removes the socket."""
        os.eventfd_write(self._stop, 1)
        self._thread.join()
        for fd in list(self._pending):
            self._drop(fd)
        self._epoll.close()
        os.close(self._stop)
        self._listener.close()
        self._path.unlink(missing_ok=True)

    def _run(self) -> None:
        while True:
            for fd, _ in self._epoll.poll(self._patience()):
                if fd == self._stop:
                    return
                if fd == self._listener.fileno():
                    self._accept()
                else:
                    self._hear(fd)
            self._drop_late()

    # Clients that have not said their token.

    def _accept(self) -> None:
        """Takes a client in, and hears it at once: an honest one has sent its token by now."""
        try:
            client, _ = self._listener.accept()
        except OSError:  # it has gone, or there are no descriptors
            self._drop_oldest()
            self._pause()
            return
        client.setblocking(False)
        if len(self._pending) >= MAX_PENDING:
            self._drop_oldest()
        self._pending[client.fileno()] = _Client(client, time.monotonic() + PATIENCE, _is_our_user(client))
        self._epoll.register(client, select.EPOLLIN)
        self._hear(client.fileno())

    def _pause(self) -> None:
        """A short time, or until we are to stop: the socket stays ready, and must not keep us busy."""
        poll = select.poll()
        poll.register(self._stop, select.POLLIN)
        poll.poll(_PAUSE)

    def _hear(self, fd: int) -> None:
        if fd not in self._pending:  # dropped since the kernel said so
            return
        try:
            token = self._pending[fd].socket.recv(TOKEN_BYTES + 1)
        except BlockingIOError:
            return
        except OSError:
            self._drop(fd)
            return
        self._serve(fd, token)

    def _drop(self, fd: int) -> None:
        client = self._pending.pop(fd).socket
        self._epoll.unregister(client)
        client.close()

    def _drop_oldest(self) -> None:
        for fd in list(self._pending)[:1]:
            self._drop(fd)

    def _drop_late(self) -> None:
        now = time.monotonic()
        for fd in [fd for fd, client in self._pending.items() if client.deadline <= now]:
            self._drop(fd)

    def _patience(self) -> float | None:
        """How long until the oldest client is late."""
        for client in self._pending.values():
            return max(client.deadline - time.monotonic(), 0)
        return None

    # Answers.

    def _serve(self, fd: int, token: bytes) -> None:
        if not self._pending[fd].is_our_user:
            self._answer(fd, ANSWER.pack(REFUSED))
            return
        try:
            attachment = self._attach(token)
        except ExecutorError as error:
            already = isinstance(error, FailedPreconditionError) and error.reason == "ALREADY_ATTACHED"
            self._answer(fd, ANSWER.pack(ATTACHED_ALREADY if already else REFUSED))
            return
        except Exception as error:  # a bug of ours must not end the thread
            log_event(_log, "internal error", logging.ERROR, error=repr(error))
            self._answer(fd, ANSWER.pack(REFUSED))
            return
        try:
            sizes = (attachment.lanes, attachment.lane_size, attachment.lanes_zone_size, attachment.data_zone_size)
            self._answer(fd, ANSWER.pack(OK) + ATTACHED.pack(*sizes), attachment.descriptors)
        finally:
            attachment.close()

    def _answer(self, fd: int, packet: bytes, descriptors: tuple[int, ...] = ()) -> None:
        """Sends it, if the client takes it at once, and hangs up."""
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
        with contextlib.suppress(OSError):
            self._pending[fd].socket.sendmsg([packet], rights, socket.MSG_NOSIGNAL)
        self._drop(fd)


def _is_our_user(client: socket.socket) -> bool:
    try:
        raw = client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    except OSError:
        return False
    _, uid, _ = _CREDENTIALS.unpack(raw)
    return uid in (os.geteuid(), 0)


def _listen(path: Path) -> socket.socket:
    """Listens; only the owner may connect. The claim on the daemon's socket is the claim on this one too."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK)
    previous = os.umask(0o177)
    try:
        _remove_stale(path)
        listener.bind(str(path))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise StartupError(f"cannot listen on {path}: {error.strerror}") from error
    finally:
        os.umask(previous)
    path.chmod(0o600)
    return listener


def _remove_stale(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise StartupError(f"{path} exists and is not a socket: remove it or use another --listen")
        path.unlink()
