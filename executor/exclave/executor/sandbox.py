"""What a worker does to itself so that foreign code can do nothing but compute: the layers that are a call or two.

Owns: each of these layers, as a function that puts it in force and says so. Must not know: sessions, lanes, sockets.
Invariant: a mandatory layer is in force or an exception is raised (the worker exits: fail closed); an
optional one that this host lacks is reported as not active. The order is worker.py's. The larger layers have modules
of their own: namespaces, root_folder, landlock, syscall_filter.

Source of the order and of every choice: each layer's comment.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import resource
import signal
import struct
from collections.abc import Iterable
from pathlib import Path

from exclave.executor import kernel
from exclave.executor.layers import Layer, optional_layer
from exclave.executor.worker_ids import NOBODY

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_TSC, _PR_SET_NO_NEW_PRIVS, _PR_SET_MDWE = 1, 4, 26, 38, 65
_PR_TSC_SIGSEGV = 2
_MEMBARRIER_REGISTER_SYNC_CORE = 1 << 6
_prctl_in_turn = ctypes.PyDLL(None).prctl  # keeps the interpreter to itself
_prctl_in_turn.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
_CAPABILITY_VERSION_3 = 0x20080522


def seal_views(ranges: Iterable[tuple[int, int]]) -> Layer:
    """Makes the views irremovable: munmap, mprotect, mremap and MAP_FIXED over them fail (Linux 6.10)."""

    def act() -> None:
        for address, size in ranges:
            kernel.syscall(kernel.SYS_MSEAL, address, size, 0)

    return optional_layer("mseal", "the views of the reservation cannot be unmapped, moved or re-protected", act)


def close_descriptors(first: int) -> Layer:
    """Closes every descriptor from `first` on."""
    kernel.close_from(first)
    return Layer("descriptors", True, "stdin, stdout and stderr are pipes, nothing else is open")


def drop_identity(uid: int) -> Layer:
    """Takes an unprivileged user id, if we are root: `uid`, or nobody's where no namespace maps it."""
    if os.geteuid() != 0:
        return _not_dropped(f"uid {os.geteuid()}")
    for candidate in (uid, NOBODY):
        try:
            _become(candidate)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.EPERM):
                raise
        else:
            return Layer("uid", True, f"the worker runs as uid {candidate}")
    return _not_dropped("the only user that its namespace has")


def _not_dropped(who: str) -> Layer:
    return Layer("uid", False, f"the executor runs unprivileged, as {who}, and so does the worker")


def _become(uid: int) -> None:
    """Groups first: who has changed the user id may not change them any more."""
    with contextlib.suppress(PermissionError):  # a namespace that does not let anybody change groups
        os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def drop_capabilities() -> Layer:
    """Gives up all capabilities, also those that root has in a user namespace."""
    header = ctypes.create_string_buffer(struct.pack("<Ii", _CAPABILITY_VERSION_3, 0))
    none = ctypes.create_string_buffer(24)
    kernel.syscall(kernel.SYS_CAPSET, ctypes.addressof(header), ctypes.addressof(none))
    return Layer("capabilities", True, "none, neither of the host's nor of the namespaces'")


def tie_to_parent(parent: int) -> None:
    """Dies with the zygote; nobody may trace us. After the change of uid, which undoes both."""
    kernel.prctl(_PR_SET_DUMPABLE, 0)
    kernel.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise ProcessLookupError("the zygote is gone")


def register_for_barriers() -> None:
    """Allows membarrier's command that has all threads forget what they have fetched and not yet executed; the session
    runtime gives it when code is new. While there is one thread it takes nothing; a kernel without it says so later."""
    with contextlib.suppress(OSError):
        kernel.syscall(kernel.SYS_MEMBARRIER, _MEMBARRIER_REGISTER_SYNC_CORE, 0, 0)


def forbid_new_privileges() -> Layer:
    """No exec gives privileges any more; seccomp and Landlock demand it."""
    kernel.prctl(_PR_SET_NO_NEW_PRIVS, 1)
    return Layer("no_new_privs", True, "no program that is executed gains privileges")


def take_clock_away() -> None:
    """Makes the CPU's clock a fault for this thread and those that it starts, and with it the vdso's clocks: on x86.

    The last thing before foreign code: Python itself cannot go on without, so it is not let go meanwhile.
    """
    _prctl_in_turn(_PR_SET_TSC, _PR_TSC_SIGSEGV, 0, 0, 0)


def data_bytes() -> int:
    """What counts for RLIMIT_DATA now: private memory that can be written, but for the first thread's stack."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (words,) = [line.split() for line in lines if line.startswith("VmData:")]
    return int(words[1]) << 10


def limit_memory(most: int) -> None:
    """No more than `most` bytes of private memory: brk, mmap, and what is made of them, give ENOMEM beyond.

    RLIMIT_AS would count the reservation, which is mapped whole and shared, and hardly used.
    """
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def limit_cpu(seconds: int) -> None:
    """SIGXCPU after so many seconds of CPU time, and SIGKILL one later, if that did not help."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))


def limit_resources(tasks: int, threads: int, alone: bool, files: int = 0) -> Layer:
    """No core dumps, files, processes, descriptors, locked memory; once our own threads, `tasks`, are made.

    `threads` more may be started. The system counts them per user id, so that it can hold the code to the
    number only if nobody else has ours (`alone`). `files`: how many the code may have open, besides stdio.
    """
    for name in ("CORE", "FSIZE", "MEMLOCK", "MSGQUEUE", "NICE", "RTPRIO"):
        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (3 + files, 3 + files))
    if threads == 0 or alone:
        most = tasks + threads if threads else 0
        resource.setrlimit(resource.RLIMIT_NPROC, (most, most))
    what = f"no core dumps, no new files, processes{'' if threads else ', threads'} or descriptors, no locked memory"
    return Layer("rlimits", True, what + _thread_limit(threads, alone))


def _thread_limit(threads: int, alone: bool) -> str:
    if not threads:
        return ""
    if alone:
        return f", at most {threads} threads of the code's own"
    return ", threads of the code's own up to the user's limit only: the worker has no user id for itself"


def deny_executable_gain() -> Layer:
    """Memory-deny-write-execute: no mapping becomes executable that was not (Linux 6.3)."""
    return optional_layer("mdwe", "no memory can become executable", lambda: kernel.prctl(_PR_SET_MDWE, 1))
