"""The namespaces that the zygote and all workers live in, and nobody else.

Owns: which there are, making them, and starting the zygote in them. Runs as a process of its own that ends when the
zygote has begun: who makes a process namespace does not live in it, only what it starts then does. Must not know:
workers, sessions. Invariant: what cannot be had here is reported with the reason; the zygote starts all the same.

    daemon -- posix_spawn --> this -- clone(CLONE_PARENT), exec --> zygote, a child of the daemon, PID 1 of its own
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sys
from pathlib import Path

from exclave.executor import kernel
from exclave.executor.layers import Layer
from exclave.executor.worker_ids import FIRST_UID, NOBODY, UIDS
from exclave.executor.zygote_protocol import RECORD, SOCKET, STARTED, zygote_command

_CLONE_PARENT = 0x8000
_CLONE_NEWUSER = 0x10000000
_OTHERS = {
    "pid_namespace": (0x20000000, "no other process can be named, and all workers end with the zygote"),
    "mount_namespace": (0x00020000, "mounts are the zygote's own"),
    "network_namespace": (0x40000000, "there is no network, not even a loopback interface"),
    "ipc_namespace": (0x08000000, "nobody else's shared memory, semaphores or message queues"),
    "uts_namespace": (0x04000000, "the host's name cannot be changed"),
}


def main() -> None:
    """Makes the namespaces, starts the zygote, tells the daemon its process id and ends."""
    layers = enter_namespaces()
    command = zygote_command(sys.argv[1], json.dumps(layers))
    pid = kernel.syscall(kernel.SYS_CLONE, _CLONE_PARENT | signal.SIGCHLD)
    if pid == 0:
        os.execve(command[0], command, {})
    with socket.socket(fileno=SOCKET) as daemon, contextlib.suppress(OSError):  # it died meanwhile
        daemon.send(RECORD.pack(STARTED, 0, pid, 0))
    os._exit(0)


def enter_namespaces() -> list[Layer]:
    """A user namespace first, which gives the right to make the others where we do not have it; then those."""
    return [_enter_user_namespace(), *(_enter(name, *what) for name, what in _OTHERS.items())]


def _enter(name: str, flag: int, detail: str) -> Layer:
    try:
        kernel.unshare(flag)
    except OSError as error:
        return Layer(name, False, f"this host does not let us make one ({error.strerror})")
    return Layer(name, True, detail)


def _enter_user_namespace() -> Layer:
    """The maps of a namespace are written from outside of it: by a child that stays behind."""
    name = "user_namespace"
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(write)
        os.read(read, 1)
        os._exit(_write_maps(os.getppid()))
    os.close(read)
    try:
        kernel.unshare(_CLONE_NEWUSER)
    except OSError as error:
        return Layer(name, False, f"this host does not let us make one ({error.strerror})")
    finally:
        os.close(write)
        _, status = os.waitpid(child, 0)
    if status:
        return Layer(name, False, "this host does not let us map our user id into one")
    return Layer(name, True, "what rights there are hold in it only, not on the host")


def _write_maps(pid: int) -> int:
    """Maps root's id, or ours to root's, and those of the workers if we may; 0 if that is done."""
    workers = f"{FIRST_UID} {FIRST_UID} {UIDS}\n"
    choices = [f"0 {os.geteuid()} 1\n"]
    if os.geteuid() == 0:
        choices = [f"0 0 1\n{NOBODY} {NOBODY} 1\n{workers}", f"0 0 1\n{NOBODY} {NOBODY} 1\n", *choices]
    process = Path(f"/proc/{pid}")
    for choice in choices:
        with contextlib.suppress(OSError):
            (process / "uid_map").write_text(choice)
            return _write_group_map(process, choice if choice.count("\n") > 1 else f"0 {os.getegid()} 1\n")
    return 1


def _write_group_map(process: Path, text: str) -> int:
    with contextlib.suppress(OSError):
        (process / "gid_map").write_text(text)
        return 0
    with contextlib.suppress(OSError):  # who may not change groups outside must give that up inside, too
        (process / "setgroups").write_text("deny")
        (process / "gid_map").write_text(f"0 {os.getegid()} 1\n")
        return 0
    return 1
