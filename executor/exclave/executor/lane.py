"""One lane, from the caller's side: shared memory with a request word and a reply word.

Owns: the layout, the futex protocol, the memory order. Must not know: sessions, processes, what is called.
Invariant: the worker may write anything into the lane at any time: each word is copied once and then checked,
and no content of the lane makes `wait` read outside of it, wait past its deadline or spin.

Layout (little endian; the session runtime has the other half):

    0x000 u32 request         number of the last message to the worker; written last by us; the worker's futex word
    0x004 u32 worker_sleeping 1 while the worker waits in the futex
    0x008 u32 spin            how many times the worker looks before it sleeps
    0x00c u32 kind            of the message: 0 CALL, 1 RESUME, 2 UNWIND, 3 ACT (a call whose caller takes no callbacks)
    0x010 u32 frame           CALL: offset of the frame {u64 entry, u64 function, slots...}
    0x014 u32 frame_end       CALL: first byte behind the frame: where the worker may put the next one
    0x040 u32 reply           number of the message that this answers; written last by the worker; our futex word
    0x044 u32 caller_sleeping 1 while we wait in the futex
    0x048 u32 status          0 RETURNED, 1 EXITED, 2 CALLBACK, 3 UNWOUND, 4 NO_ROOM
    0x04c i32 exit_code       EXITED: exit()'s argument
    0x050 u64 callback        CALLBACK: which one
    0x058 u32 slots_offset    CALLBACK: where its slots lie in the lane
    0x05c u32 slots_size      CALLBACK: bytes of them
    0x0f0 the first frame; its slots begin at 0x100

On the dispatch lane no call is ever made: `ready` posts a RESUME, a thread that the code started answers with
CALLBACK, and the next RESUME or UNWIND is its answer and the next "ready".
"""

from __future__ import annotations

import ctypes
import enum
import mmap
import struct
import threading
import time
from dataclasses import dataclass

from exclave.executor.frames import FrameStack, LaneBrokenError
from exclave.executor.shared_words import Fence, futex_wait, futex_wake

_WORD = 0xFFFFFFFF
_WAKES_WITHOUT_REASON = 1000  # more than any honest worker causes in one call
_ABANDONED = 0x80000000  # request ^ this is a reply that no message gets
_FRAME = struct.Struct("<QQ")


class Kind(enum.IntEnum):
    """What a message asks of the worker."""

    CALL = 0
    RESUME = 1
    UNWIND = 2
    ACT = 3


class Status(enum.IntEnum):
    """What an answer says."""

    RETURNED = 0
    EXITED = 1
    CALLBACK = 2
    UNWOUND = 3
    NO_ROOM = 4


class LaneTimeoutError(Exception):
    """No answer until the deadline."""


class LaneAbandonedError(Exception):
    """The worker is no more."""


class LaneInterruptedError(Exception):
    """Somebody called `interrupt`: whoever waits shall stop."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the worker answered, checked.

    Attributes:
        exit_code: exit()'s argument, if that ended the call.
        callback: which callback, if it is one.
        slots: a callback's slots; else the first bytes of the slots of the call that has ended.
    """

    status: Status
    slots: bytes
    exit_code: int = 0
    callback: int = 0


class Lane:
    """A lane at `offset` of the lanes zone. One user at a time: the caller sees to that."""

    def __init__(self, memory: mmap.mmap, offset: int, calls: bool = True) -> None:
        self._memory = memory
        self._offset = offset
        word = ctypes.c_uint32.from_buffer
        self._request, self._spin = word(memory, offset + 0x00), word(memory, offset + 0x08)
        self._kind = word(memory, offset + 0x0C)
        self._frame, self._frame_end = word(memory, offset + 0x10), word(memory, offset + 0x14)
        self._reply, self._sleeping = word(memory, offset + 0x40), word(memory, offset + 0x44)
        self._status = word(memory, offset + 0x48)
        self._exit_code = ctypes.c_int32.from_buffer(memory, offset + 0x4C)
        self._callback = ctypes.c_uint64.from_buffer(memory, offset + 0x50)
        self._slots_offset, self._slots_size = word(memory, offset + 0x58), word(memory, offset + 0x5C)
        self._frames = FrameStack(calls)
        self._number = 0
        self._answered = True
        self._unwinding = False
        self._fence = Fence()
        self._abandoned = self._interrupted = False
        self._idle = threading.Event()
        self._idle.set()

    @property
    def in_callback(self) -> bool:
        """Whether the worker waits for the answer to a callback."""
        return self._frames.in_callback

    @property
    def busy(self) -> bool:
        """Whether native code runs, or waits for the answer to a callback."""
        return self._frames.in_call or self._frames.in_callback

    # Messages.

    def call(self, entry: int, function: int, slots: bytes, result_size: int) -> None:
        """Posts a call, `entry(function, slots)`, of which `result_size` bytes of the slots come back.

        Raises: InvalidArgumentError: not now, too deep, or too large for what is left of the lane.
        """
        self._post_call(Kind.CALL, entry, function, slots, result_size)

    def act(self, entry: int, slots: bytes) -> None:
        """Posts `entry(NULL, slots)`, whose callbacks the session runtime sends through the dispatch lane.

        Raises: as `call`.
        """
        self._post_call(Kind.ACT, entry, 0, slots, len(slots))

    def _post_call(self, kind: Kind, entry: int, function: int, slots: bytes, result_size: int) -> None:
        frame = self._frames.push_call(len(slots), result_size)
        self._write(frame.offset, _FRAME.pack(entry, function) + slots)
        self._frame.value, self._frame_end.value = frame.offset, frame.end
        self._post(kind)

    def resume(self, slots: bytes) -> None:
        """Posts a callback's result.

        Raises: InvalidArgumentError: no callback is open, or its slots are smaller.
        """
        self._write(self._frames.check_resume(len(slots)).offset, slots)
        self._frames.pop_callback()
        self._post(Kind.RESUME)

    def unwind(self) -> None:
        """Posts that the call around the open callback is to be abandoned.

        Raises: InvalidArgumentError: no callback is open.
        """
        self._frames.check_resume(0)
        self._frames.pop_callback()
        self._post(Kind.UNWIND)

    def ready(self) -> None:
        """Has the dispatch lane take a callback, unless it is ready already; forgets interruptions."""
        self._interrupted = False
        if self._answered and not self.in_callback:
            self._post(Kind.RESUME)

    def _post(self, kind: Kind) -> None:
        """Posts a message whose frame or result is in place.

        The wake-up is unconditional: Python has no fence between storing `request` and loading
        `worker_sleeping`; the system call is one, and a message over gRPC does not notice it.
        """
        self._kind.value, self._spin.value = kind, 0
        self._unwinding = kind == Kind.UNWIND and self._frames.in_call
        self._answered = self._interrupted = False
        self._number = (self._number + 1) & _WORD
        self._fence()
        self._request.value = self._number
        futex_wake(self._request)

    # Answers.

    def wait(self, deadline: float | None) -> Answer:
        """Waits for the answer to the last message until `deadline`, a time of time.monotonic().

        Raises: LaneTimeoutError, LaneAbandonedError, LaneInterruptedError, LaneBrokenError.
        """
        self._idle.clear()
        try:
            return self._wait(deadline)
        finally:
            self._idle.set()

    def _wait(self, deadline: float | None) -> Answer:
        before = (self._number - 1) & _WORD
        for _ in range(_WAKES_WITHOUT_REASON):
            reply = self._reply.value
            if reply == self._number:
                return self._take_answer()
            if self._abandoned:
                raise LaneAbandonedError
            if self._interrupted:
                raise LaneInterruptedError
            if reply != before:
                raise LaneBrokenError(f"reply word {reply} where {self._number} or {before} was due")
            self._sleep(before, deadline)
        raise LaneBrokenError(f"woken {_WAKES_WITHOUT_REASON} times without a reply")

    def _sleep(self, value: int, deadline: float | None) -> None:
        timeout = None if deadline is None else deadline - time.monotonic()
        if timeout is not None and timeout <= 0:
            raise LaneTimeoutError
        self._sleeping.value = 1  # before the kernel compares the word, which orders the two
        futex_wait(self._reply, value, timeout)
        self._sleeping.value = 0

    def _take_answer(self) -> Answer:
        self._fence()
        self._answered = True
        status = self._status.value
        if status == Status.CALLBACK:
            return self._take_callback()
        if status > max(Status) or (status == Status.UNWOUND) != self._unwinding:
            raise LaneBrokenError(f"status word {status}, which is no answer to the last message")
        exit_code = self._exit_code.value if status == Status.EXITED else 0
        frame = self._frames.pop_call()
        return Answer(Status(status), self._read(frame.slots, frame.result_size), exit_code)

    def _take_callback(self) -> Answer:
        if self._unwinding:
            raise LaneBrokenError("a callback out of a call that was to be abandoned")
        callback = self._callback.value
        slots = self._frames.push_callback(self._slots_offset.value, self._slots_size.value)
        content = self._read(slots.offset, slots.end - slots.offset)
        return Answer(Status.CALLBACK, content, callback=callback)

    def innermost_slots(self) -> bytes:
        """The first slots of the innermost open call, as many as its result has (but not more than 64 bytes)."""
        frame = self._frames.innermost_call()
        return b"" if frame is None else self._read(frame.slots, min(frame.result_size, 64))

    # Ends.

    def interrupt(self) -> None:
        """Has whoever waits stop, and returns when he has; the message that was posted stays posted.

        Waking is repeated: no word may change, for the worker may be writing it, so that a waiter which is
        about to sleep misses a first wake-up.
        """
        self._interrupted = True
        self._wake_until_idle()

    def abandon(self) -> None:
        """Wakes whoever waits, in any process: the worker is dead.

        For an attached controller, whose numbers we do not know, the reply word becomes one that its last
        message does not get, so that a waiter which is about to sleep does not. Our own are woken until they
        have noticed, whatever the worker has left in the request word.
        """
        self._abandoned = True
        self._reply.value = self._request.value ^ _ABANDONED
        futex_wake(self._reply)
        self._wake_until_idle()

    def _wake_until_idle(self) -> None:
        while not self._idle.wait(0.001):
            futex_wake(self._reply)

    # Bytes.

    def _write(self, offset: int, data: bytes) -> None:
        start = self._offset + offset
        self._memory[start : start + len(data)] = data

    def _read(self, offset: int, size: int) -> bytes:
        start = self._offset + offset
        return self._memory[start : start + size]
