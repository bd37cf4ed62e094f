"""The seccomp filter: the policy's rules, as a program in the kernel.

Owns: putting rules together, and in force. Must not know: which calls are allowed (policy.py), the program's
instructions (bpf.py). Invariant: the filter holds for all threads, or an exception is raised.
"""

from __future__ import annotations

import ctypes
import os
import struct
from functools import cache

from exclave.executor import kernel
from exclave.executor.bpf import assemble, encode_rules
from exclave.executor.layers import Layer
from exclave.executor.policy import Allowed, own_process_rules, policy_rules
from exclave.executor.syscall_numbers import AUDIT_ARCHITECTURES

_SECCOMP_SET_MODE_FILTER, _SECCOMP_FILTER_FLAG_TSYNC = 1, 1


@cache
def common_rules(control: int, allowed: Allowed) -> bytes:
    """The part of the filter that is the same for all workers of one kind; the zygote makes it once.

    Raises: NotImplementedError on an architecture without a table.
    """
    if kernel.MACHINE not in AUDIT_ARCHITECTURES:
        raise NotImplementedError(f"no system call table for {kernel.MACHINE}")
    return encode_rules(policy_rules(kernel.MACHINE, control, allowed))


def _program(pid: int, control: int, allowed: Allowed) -> bytes:
    own = encode_rules(own_process_rules(kernel.MACHINE, pid))
    return assemble(AUDIT_ARCHITECTURES[kernel.MACHINE], common_rules(control, allowed) + own)


def filter_system_calls(control: int, allowed: Allowed) -> Layer:
    """Puts the filter in force; the last layer, since it forbids to make the others.

    Raises: OSError; NotImplementedError on an architecture without a table.
    """
    program = _program(os.getpid(), control, allowed)
    code = ctypes.create_string_buffer(program)
    header = ctypes.create_string_buffer(struct.pack("<H6xQ", len(program) // 8, ctypes.addressof(code)))
    flag = _SECCOMP_FILTER_FLAG_TSYNC
    thread = kernel.syscall(kernel.SYS_SECCOMP, _SECCOMP_SET_MODE_FILTER, flag, ctypes.addressof(header))
    if thread:
        raise PermissionError(f"thread {thread} could not take the filter")
    return Layer("seccomp", True, f"system calls for {_what(allowed)} only; any other is not made and ends the worker")


def _what(allowed: Allowed) -> str:
    words = ["computation", "stdio"]
    words += [word for word, given in (("threads", allowed.threads), ("reading files", allowed.files)) if given]
    return f"{', '.join(words[:-1])} and {words[-1]}{'' if allowed.clocks else ', without clocks'}"
