"""Words in memory that another process reads and writes at the same time: futexes, order, single words.

Owns: the system call, and how Python orders its stores. Must not know: what the words mean.
Invariant: an aligned word is stored and loaded in one piece: ctypes does, struct.pack_into goes byte by byte.
"""

from __future__ import annotations

import ctypes
import errno
import threading

from exclave.executor import kernel

_WAIT, _WAKE = 0, 1
_EVERYBODY = 0x7FFFFFFF
_LONGEST = 1e8  # seconds that a timespec holds on any architecture


class _Timespec(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class Fence:
    """Orders what was stored before with what is stored after: a release followed by an acquire."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lock.acquire()

    def __call__(self) -> None:
        """Puts the fence here; by one thread at a time."""
        self._lock.release()
        self._lock.acquire()


def futex_wait(word: ctypes.c_uint32, value: int, timeout: float | None) -> None:
    """Sleeps while the word has the value; being woken, timing out and another value are the same to the caller."""
    pointer = 0
    if timeout is not None:
        span = _Timespec(int(min(timeout, _LONGEST)), int(timeout % 1 * 1e9))
        pointer = ctypes.addressof(span)
    try:
        kernel.syscall(kernel.SYS_FUTEX, ctypes.addressof(word), _WAIT, value, pointer)
    except OSError as error:
        if error.errno not in (errno.EAGAIN, errno.ETIMEDOUT, errno.EINTR):
            raise


def futex_wake(word: ctypes.c_uint32) -> None:
    """Wakes all who sleep at the word, in any process."""
    kernel.syscall(kernel.SYS_FUTEX, ctypes.addressof(word), _WAKE, _EVERYBODY)
