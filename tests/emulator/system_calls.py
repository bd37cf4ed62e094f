"""The kernel, as far as anybody asks it.

Owns: system calls by name. Must not know: the library, which has its own way to fail. Invariant: numbers are each
architecture's, as the executor's table has them; a result from -4095 to -1 is an error's number.
"""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from exclave.executor.shared_words import futex_wait, futex_wake
from exclave.executor.syscall_numbers import syscall_name

from .address_space import NotMappedError

if TYPE_CHECKING:
    from .thread import Thread

_FUTEX_WAIT, _FUTEX_WAKE, _PRIVATE = 0, 1, 128
_SYNC_CORE = 32


def make(thread: Thread, number: int, arguments: list[int]) -> int:
    """Make a system call."""
    name = syscall_name(thread.machine.architecture.name, number) or ""
    found = _BY_NAME.get(name)
    if found is None:
        raise NotImplementedError(f"the emulated kernel has no {name or 'such thing'} (system call {number})")
    return found(thread, arguments)


def by_instruction(thread: Thread) -> None:
    """Make the one that the registers say."""
    architecture, uc = thread.machine.architecture, thread.machine.uc
    arguments = thread.machine.registers(list(architecture.system_arguments))
    result = make(thread, uc.reg_read(architecture.system_number), arguments)
    uc.reg_write(architecture.system_result, result & (1 << 64) - 1)


def _futex(thread: Thread, arguments: list[int]) -> int:
    address, operation, value = arguments[:3]
    word = thread.memory.shared_word(address)
    if operation & 0x7F == _FUTEX_WAKE:
        futex_wake(word)
        return 0
    with thread.machine.away(thread):
        futex_wait(word, value & 0xFFFFFFFF, None)
    return 0


def _membarrier(thread: Thread, arguments: list[int]) -> int:
    if arguments[0] & 0xFFFFFFFF == _SYNC_CORE:
        thread.machine.forget_code()
    return 0


def _riscv_flush_icache(thread: Thread, _arguments: list[int]) -> int:
    thread.machine.forget_code()
    return 0


def _rt_sigprocmask(thread: Thread, arguments: list[int]) -> int:
    """Changes nothing; who asks wants to know whether the set can be read."""
    try:
        thread.memory.read(arguments[1], arguments[3])
    except NotMappedError:
        return -errno.EFAULT
    return -errno.EINVAL if ctypes.c_int32(arguments[0] & 0xFFFFFFFF).value not in (0, 1, 2) else 0


def _write(thread: Thread, arguments: list[int]) -> int:
    try:
        return os.write(arguments[0], thread.memory.read(arguments[1], arguments[2]))
    except NotMappedError:
        return -errno.EFAULT


_BY_NAME: dict[str, Callable[[Thread, list[int]], int]] = {
    "futex": _futex,
    "membarrier": _membarrier,
    "riscv_flush_icache": _riscv_flush_icache,
    "rt_sigprocmask": _rt_sigprocmask,
    "write": _write,
    "getpid": lambda _thread, _arguments: os.getpid(),
}
