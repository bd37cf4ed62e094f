"""What a worker does to itself so that foreign code can do nothing but compute.

Owns: each layer, as a function that puts it in force and says so. Must not know: sessions, lanes, sockets.
Invariant: a mandatory layer is in force or an exception is raised (the worker exits: fail closed); an
optional one that this host lacks is reported as not active. The order is worker.py's.

Source of the order and of every choice: each layer's comment.
"""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import signal
import struct
from collections.abc import Callable, Iterable
from functools import cache
from typing import NamedTuple

from exclave.executor import kernel
from exclave.executor.bpf import assemble, encode_rules
from exclave.executor.policy import default_rules, own_process_rules, thread_rules
from exclave.executor.syscall_numbers import AUDIT_ARCHITECTURES

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS, _PR_SET_MDWE = 1, 4, 38, 65
_SECCOMP_SET_MODE_FILTER, _SECCOMP_FILTER_FLAG_TSYNC = 1, 1
_ABSENT = {errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}


class Layer(NamedTuple):
    """One layer of the sandbox: its name, whether it is in force, what it does or why it is not."""

    name: str
    active: bool
    detail: str


def _optional(name: str, detail: str, act: Callable[[], object]) -> Layer:
    """Puts a layer in force if the kernel has it; any failure but its absence is raised."""
    try:
        act()
    except OSError as error:
        if error.errno not in _ABSENT:
            raise
        return Layer(name, False, f"this kernel does not have it ({os.strerror(error.errno or 0)})")
    return Layer(name, True, detail)


def seal_views(ranges: Iterable[tuple[int, int]]) -> Layer:
    """Makes the views irremovable: munmap, mprotect, mremap and MAP_FIXED over them fail (Linux 6.10)."""

    def act() -> None:
        for address, size in ranges:
            kernel.syscall(kernel.SYS_MSEAL, address, size, 0)

    return _optional("mseal", "the views of the reservation cannot be unmapped, moved or re-protected", act)


def close_descriptors(first: int) -> Layer:
    """Closes every descriptor from `first` on."""
    kernel.close_from(first)
    return Layer("descriptors", True, "stdin, stdout and stderr are pipes, nothing else is open")


def drop_identity(uid: int) -> Layer:
    """Takes an unprivileged user id, if we are root: `uid`, or 65534 where no namespace maps it."""
    if os.geteuid() != 0:
        return Layer("uid", False, f"the executor runs unprivileged, as uid {os.geteuid()}, and so does the worker")
    for candidate in (uid, 65534):
        try:
            _become(candidate)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
        else:
            return Layer("uid", True, f"the worker runs as uid {candidate}, without capabilities")
    return Layer("uid", False, "this user namespace maps no unprivileged user id")


def _become(uid: int) -> None:
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def tie_to_parent(parent: int) -> None:
    """Dies with the zygote; nobody may trace us. After the change of uid, which undoes both."""
    kernel.prctl(_PR_SET_DUMPABLE, 0)
    kernel.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise ProcessLookupError("the zygote is gone")


def forbid_new_privileges() -> Layer:
    """No exec gives privileges any more; seccomp and Landlock demand it."""
    kernel.prctl(_PR_SET_NO_NEW_PRIVS, 1)
    return Layer("no_new_privs", True, "no program that is executed gains privileges")


def deny_files_and_network() -> Layer:
    """Landlock with an empty ruleset: no file, no TCP port, no abstract socket, no signal to others."""
    detail = "no file may be opened"
    abi = 0

    def act() -> None:
        nonlocal abi
        abi = kernel.syscall(kernel.SYS_LANDLOCK_CREATE_RULESET, 0, 0, 1)
        ruleset = ctypes.create_string_buffer(_ruleset(abi))
        size = len(_ruleset(abi))
        fd = kernel.syscall(kernel.SYS_LANDLOCK_CREATE_RULESET, ctypes.addressof(ruleset), size, 0)
        kernel.syscall(kernel.SYS_LANDLOCK_RESTRICT_SELF, fd, 0)
        os.close(fd)

    layer = _optional("landlock", detail, act)
    more = (", no TCP port" if abi >= 4 else "") + (", no signal sent to others" if abi >= 6 else "")
    return layer._replace(detail=f"ABI {abi}: {detail}{more}") if layer.active else layer


def _ruleset(abi: int) -> bytes:
    """struct landlock_ruleset_attr: all rights that this version of the interface knows."""
    files = (1 << {1: 13, 2: 14, 3: 15, 4: 15}.get(abi, 16)) - 1
    network = 3 if abi >= 4 else 0
    scope = 3 if abi >= 6 else 0
    fields = 1 + (abi >= 4) + (abi >= 6)
    return struct.pack("<QQQ", files, network, scope)[: 8 * fields]


def limit_resources(tasks: int, threads: int, alone: bool) -> Layer:
    """No core dumps, files, processes, descriptors, locked memory; once our own threads, `tasks`, are made.

    `threads` more may be started. The system counts them per user id, so that it can hold the code to the
    number only if nobody else has ours (`alone`).
    """
    for name in ("CORE", "FSIZE", "MEMLOCK", "MSGQUEUE", "NICE", "RTPRIO"):
        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
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
    return _optional("mdwe", "no memory can become executable", lambda: kernel.prctl(_PR_SET_MDWE, 1))


@cache
def common_rules(control: int, threads: bool) -> bytes:
    """The part of the filter that is the same for all workers; the zygote makes it once.

    Raises: NotImplementedError on an architecture without a table.
    """
    if kernel.MACHINE not in AUDIT_ARCHITECTURES:
        raise NotImplementedError(f"no system call table for {kernel.MACHINE}")
    rules = default_rules(kernel.MACHINE, control) + (thread_rules(kernel.MACHINE) if threads else [])
    return encode_rules(rules)


def _program(pid: int, control: int, threads: bool) -> bytes:
    own = encode_rules(own_process_rules(kernel.MACHINE, pid))
    return assemble(AUDIT_ARCHITECTURES[kernel.MACHINE], common_rules(control, threads) + own)


def filter_system_calls(control: int, threads: bool) -> Layer:
    """The seccomp filter, for all threads at once; the last layer, since it forbids to make the others.

    With `threads`, the code may start threads, which have the filter too.

    Raises: OSError; NotImplementedError on an architecture without a table.
    """
    program = _program(os.getpid(), control, threads)
    code = ctypes.create_string_buffer(program)
    header = ctypes.create_string_buffer(struct.pack("<H6xQ", len(program) // 8, ctypes.addressof(code)))
    flag = _SECCOMP_FILTER_FLAG_TSYNC
    thread = kernel.syscall(kernel.SYS_SECCOMP, _SECCOMP_SET_MODE_FILTER, flag, ctypes.addressof(header))
    if thread:
        raise PermissionError(f"thread {thread} could not take the filter")
    what = "computation, stdio and threads" if threads else "computation and stdio"
    return Layer("seccomp", True, f"system calls for {what} only; any other is not made and ends the worker")
