"""A lane in shared memory, on the same host: no gRPC, no daemon, no system call while both sides are awake.

Owns: the bytes of one lane, from the controller's side, and the stack of frames in it. Must not know: sessions, what is
called. Invariant: the worker may write anything into the lane at any time: what counts is kept here, each word of an
answer is copied once and then checked, and nothing in the lane makes `_wait` pass its deadline.
"""

from __future__ import annotations

import ctypes
import mmap
import struct
import time
from collections.abc import Callable
from typing import Any

from ..alignment import align_up
from ..errors import SignatureError
from ..model import LANE_SIZE
from .lane import (
    FIRST_FRAME,
    FIRST_SLOTS,
    FRAME_ALIGNMENT,
    FRAME_HEADER,
    Answer,
    CallbackRequest,
    Exited,
    LaneBrokenError,
    LaneTimeoutError,
    NoRoom,
    Returned,
    Unwound,
)
from .native import BROKEN, PENDING, Channel, NativeCaller

CALL, RESUME, UNWIND = 0, 1, 2
RETURNED, EXITED, CALLBACK, UNWOUND, NO_ROOM = 0, 1, 2, 3, 4
QUICK_END = 0x1000
"""Where the frame of a quick call ends, whatever it holds: so no word but the frame itself needs to be written."""

_KIND = struct.Struct("<III")  # kind, frame, frame_end
_KIND_AT, _EXIT_CODE_AT, _CALLBACK_AT = 0x0C, 0x4C, 0x50
_EXIT_CODE, _CALLBACK, _FRAME = struct.Struct("<i"), struct.Struct("<QII"), struct.Struct("<QQ")
_NAP_SECONDS = 0.05
"""How long a wait can miss a signal, or the end of the session, that came in the moment before it slept."""


_LONG_NAP_SECONDS = 3
"""The same for the dispatcher, which may wait all day: each nap costs the processor something, and nobody waits for
its end."""


class SharedLane:
    """One call lane. `frame` and the views of its first slot are for quick calls (`quick.py`)."""

    def __init__(self, memory: mmap.mmap, offset: int, native: NativeCaller, over: Callable[[], bool]) -> None:
        """The lane at `offset`; `over` says whether the session is no more."""
        self.memory = memoryview(memory)[offset : offset + LANE_SIZE]
        self._keep = ctypes.c_char.from_buffer(memory, offset)
        self._channel = Channel(ctypes.addressof(self._keep), 0, native.most_spin, native.most_spin, native.most_spin)
        self.channel = ctypes.addressof(self._channel)
        self.exchange = native.exchange
        self.quick: Any = None
        """The function whose quick call it is in."""
        self._wait_for = native.wait
        self._over = over
        self._frames: list[_Frame] = []
        self._starts = [FIRST_FRAME]  # of the last call at each depth
        self._others = 0  # messages that were no calls
        self.frame = self.memory[FIRST_FRAME:QUICK_END]
        self.result: dict[str, memoryview[Any]] = {
            code: self.memory[FIRST_SLOTS : FIRST_SLOTS + 8].cast(code) for code in ("q", "Q", "d", "f")
        }
        self._expect_quick()

    @property
    def calls(self) -> int:
        """How many calls went through it."""
        return int(self._channel.number) - self._others

    @property
    def nested(self) -> bool:
        """Whether a call has come back with something else than its end, and is answered."""
        return bool(self._frames)

    def _expect_quick(self) -> None:
        """As a quick call finds the lane: nothing is nested here."""
        _KIND.pack_into(self.memory, _KIND_AT, CALL, FIRST_FRAME, QUICK_END)

    def call(self, entry: int, function: int, slots: bytes, result_size: int, deadline: float) -> Answer:
        """Call `entry(function, slots)`.

        Raises:
            SignatureError: more slots than there is room for; nothing was called.
        """
        start = self._frames[-1].end if self._frames else FIRST_FRAME
        end = align_up(start + FRAME_HEADER + max(len(slots), result_size), FRAME_ALIGNMENT)
        if end > LANE_SIZE:
            raise SignatureError(
                f"{len(slots)} bytes of arguments and {result_size} of result, the lane has room for "
                f"{LANE_SIZE - start - FRAME_HEADER}: pass large values by pointer"
            )
        _FRAME.pack_into(self.memory, start, entry, function)
        self.memory[start + FRAME_HEADER : start + FRAME_HEADER + len(slots)] = slots
        _KIND.pack_into(self.memory, _KIND_AT, CALL, start, end)
        self._starts[len(self._frames) // 2 :] = [start]  # calls and callbacks alternate
        self._frames.append(_Frame(start, end, result_size))
        return self._answer(self.exchange(self.channel), deadline)

    def quick_answer(self, status: int, result_size: int, deadline: float) -> Answer:
        """The answer to a quick call that was posted and did not simply return."""
        self._frames.append(_Frame(FIRST_FRAME, QUICK_END, result_size))
        return self._answer(status, deadline)

    def resume(self, slots: bytes, deadline: float) -> Answer:
        """Give the callback's slots back; they are as long as they were."""
        self._others += 1
        callback = self._frames.pop()
        self.memory[callback.start : callback.start + len(slots)] = slots
        _KIND.pack_into(self.memory, _KIND_AT, RESUME, 0, 0)
        return self._answer(self.exchange(self.channel), deadline)

    def unwind(self, deadline: float) -> Answer:
        """Abandon the call that the callback came out of."""
        self._others += 1
        self._frames.pop()
        _KIND.pack_into(self.memory, _KIND_AT, UNWIND, 0, 0)
        return self._answer(self.exchange(self.channel), deadline)

    def left(self, depth: int, size: int) -> bytes:
        """As `Lane.left`; nothing of a call that was refused before it lay anywhere."""
        if depth > len(self._starts):
            return b""
        slots = self._starts[depth - 1] + FRAME_HEADER
        return bytes(self.memory[slots : slots + size])

    def _answer(self, status: int, deadline: float) -> Answer:
        if status == PENDING:
            status = self._wait(deadline)
        if status == CALLBACK:
            return self._take_callback()
        if status == BROKEN or status > NO_ROOM:
            raise LaneBrokenError
        frame = self._frames.pop()
        answer = self._take_end(status, frame)
        if not self._frames:
            self._expect_quick()
        return answer

    def _wait(self, deadline: float) -> int:
        """Sleep until the answer is in. A signal's handler runs between two naps, and what it raises ends the wait."""
        while True:
            nap = min(deadline - time.monotonic(), _NAP_SECONDS)
            if nap <= 0:
                raise LaneTimeoutError
            status = self._wait_for(self.channel, int(nap * 1e9))
            if status != PENDING:
                return status
            if self._over():
                raise LaneBrokenError

    def _take_end(self, status: int, frame: _Frame) -> Answer:
        if status == RETURNED:
            slots = frame.start + FRAME_HEADER
            return Returned(bytes(self.memory[slots : slots + frame.result_size]))
        if status == EXITED:
            return Exited(_EXIT_CODE.unpack_from(self.memory, _EXIT_CODE_AT)[0])
        return Unwound() if status == UNWOUND else NoRoom()

    def _take_callback(self) -> CallbackRequest:
        """Its slots are where an honest runtime puts them, or they are nowhere."""
        number, start, size = _CALLBACK.unpack_from(self.memory, _CALLBACK_AT)
        end = align_up(start + size, FRAME_ALIGNMENT)
        if start != self._frames[-1].end or end > LANE_SIZE:
            raise LaneBrokenError
        self._frames.append(_Frame(start, end, size))
        return CallbackRequest(number, bytes(self.memory[start : start + size]))


class _Frame:
    """Bytes of the lane that belong to a call or to a callback."""

    __slots__ = ("end", "result_size", "start")

    def __init__(self, start: int, end: int, result_size: int) -> None:
        self.start = start
        self.end = end
        self.result_size = result_size


class SharedDispatchLane:
    """The lane of threads that no call of ours is in. Used by one thread: the dispatcher."""

    def __init__(self, memory: mmap.mmap, offset: int, native: NativeCaller, over: Callable[[], bool]) -> None:
        self._memory = memoryview(memory)[offset : offset + LANE_SIZE]
        self._keep = ctypes.c_char.from_buffer(memory, offset)
        self._channel = Channel(ctypes.addressof(self._keep), 0, 0, 0, 0)
        self._address = ctypes.addressof(self._channel)
        self._native = native
        self._over = over

    def next_callback(self, result: bytes | None) -> CallbackRequest | None:
        """Say that we are ready, with the last callback's slots (None: it failed); None when the session is over."""
        if result is not None:
            self._memory[FIRST_SLOTS : FIRST_SLOTS + len(result)] = result
        _KIND.pack_into(self._memory, _KIND_AT, UNWIND if result is None else RESUME, 0, 0)
        self._native.post(self._address)
        while not self._over():
            status = self._native.wait(self._address, _LONG_NAP_SECONDS * 10**9)
            if status != PENDING:
                return self._take(status)
        return None

    def _take(self, status: int) -> CallbackRequest | None:
        number, start, size = _CALLBACK.unpack_from(self._memory, _CALLBACK_AT)
        if status != CALLBACK or start != FIRST_SLOTS or start + size > LANE_SIZE:
            if self._over():
                return None
            raise LaneBrokenError
        return CallbackRequest(number, bytes(self._memory[start : start + size]))
