"""One lane, from the caller's side: shared memory with a request word and a reply word.

Owns: the layout, the futex protocol, the memory order. Must not know: sessions, processes, what is called.
Invariant: the worker may write anything into the lane at any time: each word is copied once and then checked,
and no content of the lane makes `wait` read outside of it, wait past its deadline or spin.

Layout (little endian; the session runtime has the other half):

    0x000 u32 request         sequence number of the last request; written last by us; the worker's futex word
    0x004 u32 worker_sleeping 1 while the worker waits in the futex
    0x008 u32 spin            how many times the worker looks before it sleeps
    0x010 u64 entry           void entry(ptr function, ptr slots)
    0x018 u64 function        first argument of entry
    0x040 u32 reply           that of the last finished request; written last by the worker; our futex word
    0x044 u32 caller_sleeping 1 while we wait in the futex
    0x048 u32 status          0 returned, 1 exit() was called
    0x04c i32 exit_code       exit()'s argument
    0x100 slots               arguments in, results out
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import threading
import time
from dataclasses import dataclass

from exclave.executor import kernel
from exclave.executor.zones import MAX_SLOTS, SLOTS_OFFSET

_FUTEX_WAIT, _FUTEX_WAKE = 0, 1
_WORD = 0xFFFFFFFF
_RETURNED, _EXITED = 0, 1
_WAKES_WITHOUT_REASON = 1000  # more than any honest worker causes in one call


class LaneTimeoutError(Exception):
    """No reply until the deadline."""


class LaneAbandonedError(Exception):
    """The worker is no more."""


class LaneBrokenError(Exception):
    """The worker wrote what the protocol does not allow."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A finished request.

    Attributes:
        exited: exit()'s argument, or None if the function returned.
    """

    exited: int | None


class _Timespec(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class Lane:
    """A lane at `offset` of the lanes zone. One request at a time: the caller sees to that."""

    def __init__(self, memory: mmap.mmap, offset: int) -> None:
        self._memory = memory
        self._slots = offset + SLOTS_OFFSET
        # ctypes stores and loads an aligned word in one piece; struct.pack_into would go byte by byte.
        self._request = ctypes.c_uint32.from_buffer(memory, offset + 0x00)
        self._spin = ctypes.c_uint32.from_buffer(memory, offset + 0x08)
        self._entry = ctypes.c_uint64.from_buffer(memory, offset + 0x10)
        self._function = ctypes.c_uint64.from_buffer(memory, offset + 0x18)
        self._reply = ctypes.c_uint32.from_buffer(memory, offset + 0x40)
        self._sleeping = ctypes.c_uint32.from_buffer(memory, offset + 0x44)
        self._status = ctypes.c_uint32.from_buffer(memory, offset + 0x48)
        self._exit_code = ctypes.c_int32.from_buffer(memory, offset + 0x4C)
        self._sequence = 0
        self._order = threading.Lock()
        self._order.acquire()
        self._abandoned = False

    def post(self, entry: int, function: int, slots: bytes) -> None:
        """Posts a request: `entry(function, slots)`. The caller has checked the size of `slots`.

        The wake-up is unconditional: Python has no fence between storing `request` and loading
        `worker_sleeping`; the system call is one, and a request over gRPC does not notice it.
        """
        if len(slots) > MAX_SLOTS:
            raise ValueError(f"{len(slots)} bytes of slots, at most {MAX_SLOTS} fit")
        self._memory[self._slots : self._slots + len(slots)] = slots
        self._entry.value, self._function.value = entry, function
        self._spin.value = 0
        self._fence()
        self._sequence = (self._sequence + 1) & _WORD
        self._request.value = self._sequence
        _futex(self._request, _FUTEX_WAKE, 1, None)

    def wait(self, deadline: float | None) -> Reply:
        """Waits for the reply to the last request until `deadline`, a time of time.monotonic().

        Raises: LaneTimeoutError, LaneAbandonedError, LaneBrokenError.
        """
        before = (self._sequence - 1) & _WORD
        for _ in range(_WAKES_WITHOUT_REASON):
            reply = self._reply.value
            if reply == self._sequence:
                return self._take_reply()
            if self._abandoned:
                raise LaneAbandonedError
            if reply != before:
                raise LaneBrokenError(f"reply word {reply} where {self._sequence} or {before} was due")
            self._sleep(before, deadline)
        raise LaneBrokenError(f"woken {_WAKES_WITHOUT_REASON} times without a reply")

    def results(self, size: int) -> bytes:
        """A copy of the first `size` bytes of the slots."""
        if not 0 <= size <= MAX_SLOTS:
            raise ValueError(f"{size} bytes of slots, there are {MAX_SLOTS}")
        return self._memory[self._slots : self._slots + size]

    def abandon(self) -> None:
        """Wakes whoever waits: the worker is dead. Its reply word becomes one that no reply has,
        so that a waiter which is about to sleep does not."""
        self._abandoned = True
        self._reply.value = self._sequence ^ 0x80000000
        _futex(self._reply, _FUTEX_WAKE, 0x7FFFFFFF, None)

    def _take_reply(self) -> Reply:
        self._fence()
        status, code = self._status.value, self._exit_code.value
        if status not in (_RETURNED, _EXITED):
            raise LaneBrokenError(f"status word {status}, which means nothing")
        return Reply(code if status == _EXITED else None)

    def _sleep(self, value: int, deadline: float | None) -> None:
        timeout = None if deadline is None else deadline - time.monotonic()
        if timeout is not None and timeout <= 0:
            raise LaneTimeoutError
        self._sleeping.value = 1  # before the kernel compares the word, which orders the two
        _futex(self._reply, _FUTEX_WAIT, value, timeout)
        self._sleeping.value = 0

    def _fence(self) -> None:
        """Orders what was stored before with what is stored after: a release followed by an acquire."""
        self._order.release()
        self._order.acquire()


def _futex(word: ctypes.c_uint32, operation: int, value: int, timeout: float | None) -> None:
    """A shared futex operation; being woken, timing out and a changed word are all the same to the caller."""
    pointer = 0
    if timeout is not None:
        span = _Timespec(int(min(timeout, 1e8)), int(timeout % 1 * 1e9))
        pointer = ctypes.addressof(span)
    try:
        kernel.syscall(kernel.SYS_FUTEX, ctypes.addressof(word), operation, value, pointer)
    except OSError as error:
        if error.errno not in (errno.EAGAIN, errno.ETIMEDOUT, errno.EINTR):
            raise
