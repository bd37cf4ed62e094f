"""Where the daemon listens, and that nobody else does.

Owns: the forms of an address, the socket's directory, its lock, stale sockets. Must not know: gRPC, sessions.
Invariant: a socket is made only in a directory that nobody but us (or root) can change; as long as the lock
is held, the socket is ours.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import socket
import stat
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from exclave.executor.errors import StartupError

_LONGEST_PATH = 107  # struct sockaddr_un, without the NUL


@dataclass(frozen=True, slots=True)
class Address:
    """A UNIX socket (`path`) or a TCP port (`host`, `port`)."""

    path: Path | None = None
    host: str = ""
    port: int = 0

    def __str__(self) -> str:
        if self.path is not None:
            return f"unix:{self.path}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def default_address() -> str:
    """This user's UNIX socket: in the run-time directory, for root in /run, else in the state directory."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime:
        return f"unix:{runtime}/exclave/executor.sock"
    if os.geteuid() == 0:
        return "unix:/run/exclave/executor.sock"
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return f"unix:{state}/exclave/executor.sock"


def parse_address(text: str) -> Address:
    """Understands `unix:PATH` and `HOST:PORT`.

    Raises: StartupError, which says what is allowed.
    """
    if text.startswith("unix:"):
        return Address(path=_socket_path(text.removeprefix("unix:")))
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isascii() or not port.isdigit() or len(port) > 5 or int(port) > 65535:
        raise StartupError(f"--listen {text}: neither unix:PATH nor HOST:PORT")
    return Address(host=host, port=int(port))


def _socket_path(text: str) -> Path:
    path = Path(text.removeprefix("//")).absolute()
    if not text or text.endswith("/"):
        raise StartupError(f"--listen unix:{text}: this names no file")
    if len(os.fsencode(path)) > _LONGEST_PATH:
        raise StartupError(f"--listen unix:{path}: longer than the {_LONGEST_PATH} bytes that a socket's path may have")
    return path


def is_loopback(host: str) -> bool:
    """Whether only this host reaches it."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class SocketClaim:
    """The right to serve at a path, held by a lock on `<path>.lock`.

    `with_parents` makes all folders above it, which is for our own default; of a path that somebody wrote only the
    last one: what else is not there is a slip of the pen.

    Raises: StartupError when the directory is not safe, when another daemon holds it, when a file is in the
    way.
    """

    def __init__(self, path: Path, *, with_parents: bool = False) -> None:
        self._path = path
        self._lock_path = path.with_name(path.name + ".lock")
        _prepare_directory(path.parent, with_parents)
        self._fd = self._lock()
        try:
            self._remove_stale()
        except BaseException:
            self._unlock()
            raise

    def release(self, *, with_folder: bool = False) -> None:
        """Removes the socket and the lock; with them their folder, which a controller made that may be gone."""
        self._path.unlink(missing_ok=True)
        self._unlock()
        if with_folder:
            with contextlib.suppress(OSError):  # not empty: then it is not ours alone
                self._path.parent.rmdir()

    def _lock(self) -> int:
        """Takes the lock, on the file that is at the path now: a stopping daemon may remove it meanwhile."""
        while True:
            fd = self._open_lock()
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = os.pread(fd, 32, 0).decode(errors="replace").strip() or "unknown"
                os.close(fd)
                raise StartupError(
                    f"another executor (process {holder}) serves unix:{self._path}: stop it or use another --listen"
                ) from None
            if _same_file(fd, self._lock_path):
                os.ftruncate(fd, 0)
                os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
                return fd
            os.close(fd)

    def _open_lock(self) -> int:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            return os.open(self._lock_path, flags, 0o600)
        except OSError as error:
            raise StartupError(f"cannot open the lock file {self._lock_path}: {error.strerror}") from error

    def _unlock(self) -> None:
        self._lock_path.unlink(missing_ok=True)
        os.close(self._fd)

    def _remove_stale(self) -> None:
        """Takes over a socket that nobody listens on; refuses anything else that is in the way."""
        with contextlib.suppress(FileNotFoundError):
            if not stat.S_ISSOCK(self._path.lstat().st_mode):
                raise StartupError(f"{self._path} exists and is not a socket: remove it or use another --listen")
            if _somebody_listens(self._path):
                raise StartupError(f"somebody listens on {self._path} already, and is not an executor of this kind")
            self._path.unlink()


def _same_file(fd: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(fd), path.lstat())
    except FileNotFoundError:
        return False


def _somebody_listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        code = probe.connect_ex(str(path))
    return code not in (errno.ECONNREFUSED, errno.ENOENT)


def _prepare_directory(directory: Path, with_parents: bool) -> None:
    """Makes the directory (0700) if it is not there, and checks that only its owner can change it."""
    try:
        if with_parents:
            directory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        directory.mkdir(mode=0o700, exist_ok=True)
        status = directory.lstat()
    except FileNotFoundError:
        raise StartupError(
            f"cannot make the socket's directory {directory}: {directory.parent} does not exist: "
            "make it first, or use another --listen"
        ) from None
    except OSError as error:
        raise StartupError(f"cannot make the socket's directory {directory}: {error.strerror}") from error
    if not stat.S_ISDIR(status.st_mode):
        raise StartupError(f"{directory} is a symbolic link or not a directory: name the directory itself")
    if status.st_uid not in (os.geteuid(), 0):
        raise StartupError(f"{directory} belongs to user {status.st_uid}, not to us: use a directory of your own")
    if status.st_mode & 0o022:
        raise StartupError(f"{directory} can be changed by others (mode {status.st_mode & 0o7777:o}): chmod 700 it")
