"""The frames of a lane: where the next call's begins, and which call or callback is open.

Owns: the arithmetic of the lane's stack and the order of messages. Must not know: memory, workers, the wire.
Invariant: frames and callbacks' slots alternate, lie in the lane behind one another and do not overlap,
whatever the worker says; there are at most MAX_DEPTH calls.

A frame is {u64 entry, u64 function, slots...}; slots and frames begin at multiples of ALIGNMENT.
"""

from __future__ import annotations

from dataclasses import dataclass

from exclave.executor.errors import InvalidArgumentError
from exclave.executor.zones import FIRST_FRAME, FRAME_HEADER, LANE_SIZE, MAX_SLOTS, round_up

MAX_DEPTH = 32
ALIGNMENT = 16


class LaneBrokenError(Exception):
    """The worker wrote what the protocol does not allow."""


@dataclass(frozen=True, slots=True)
class Frame:
    """An open call: its frame is bytes [offset, end) of the lane; `result_size` bytes of its slots come back."""

    offset: int
    end: int
    result_size: int

    @property
    def slots(self) -> int:
        """Where its slots begin."""
        return self.offset + FRAME_HEADER


@dataclass(frozen=True, slots=True)
class CallbackSlots:
    """An open callback: its slots are bytes [offset, end) of the lane."""

    offset: int
    end: int


class FrameStack:
    """What is open on a lane, the innermost last; a lane without calls is the dispatch lane."""

    def __init__(self, calls: bool = True) -> None:
        self._calls = calls
        self._open: list[Frame | CallbackSlots] = []

    @property
    def in_callback(self) -> bool:
        """Whether the innermost is a callback: the worker waits for Resume, Unwind or a nested call."""
        return bool(self._open) and isinstance(self._open[-1], CallbackSlots)

    @property
    def in_call(self) -> bool:
        """Whether the innermost is a call: the worker runs it."""
        return bool(self._open) and isinstance(self._open[-1], Frame)

    def innermost_call(self) -> Frame | None:
        """The last call that is open, whether it runs or waits for its callback."""
        return next((entry for entry in reversed(self._open) if isinstance(entry, Frame)), None)

    def push_call(self, slots_size: int, result_size: int) -> Frame:
        """Places the frame of a new call.

        Raises: InvalidArgumentError: not now, too deep, or too large for what is left of the lane.
        """
        if not self._calls or self.in_call:
            why = "a call is open already" if self._calls else "the dispatch lane has callbacks only"
            raise InvalidArgumentError("NOT_DUE", f"no call may be made now: {why}")
        depth = sum(isinstance(entry, Frame) for entry in self._open)
        if depth >= MAX_DEPTH:
            raise InvalidArgumentError("TOO_DEEP", f"{depth} calls are nested already, no more may be", most=MAX_DEPTH)
        offset = round_up(self._open[-1].end, ALIGNMENT) if self._open else FIRST_FRAME
        size = max(slots_size, result_size)
        room = LANE_SIZE - offset - FRAME_HEADER
        if not 0 <= size <= max(room, 0):
            text = f"{size} bytes of slots or results, at most {max(room, 0)} fit in the lane here (of {MAX_SLOTS})"
            raise InvalidArgumentError("SLOTS_TOO_LARGE", text, size=size, most=max(room, 0))
        frame = Frame(offset, round_up(offset + FRAME_HEADER + size, ALIGNMENT), result_size)
        self._open.append(frame)
        return frame

    def pop_call(self) -> Frame:
        """The innermost call has ended.

        Raises: LaneBrokenError if none is running.
        """
        if not self.in_call:
            raise LaneBrokenError("the end of a call where none was running")
        frame = self._open.pop()
        assert isinstance(frame, Frame)
        return frame

    def push_callback(self, offset: int, size: int) -> CallbackSlots:
        """The innermost call calls back, with slots that the worker says.

        Raises: LaneBrokenError for slots that are not behind the call's frame, and for a callback out of turn.
        """
        if self.in_callback or (self._calls and not self.in_call):
            raise LaneBrokenError("a callback where none can be")
        bottom = self._open[-1].end if self._open else FIRST_FRAME
        if not bottom <= offset <= LANE_SIZE or offset % ALIGNMENT or size > LANE_SIZE - offset:
            raise LaneBrokenError(
                f"{size} bytes of a callback's slots at {offset:#x}, not within {bottom:#x} and the end"
            )
        slots = CallbackSlots(offset, offset + size)
        self._open.append(slots)
        return slots

    def check_resume(self, size: int) -> CallbackSlots:
        """The innermost callback, whose result has `size` bytes.

        Raises: InvalidArgumentError if none is open, or for a result that is larger than its slots.
        """
        if not self.in_callback:
            raise InvalidArgumentError("NOT_DUE", "no callback waits for Resume or Unwind")
        slots = self._open[-1]
        assert isinstance(slots, CallbackSlots)
        if size > slots.end - slots.offset:
            most = slots.end - slots.offset
            text = f"a callback's result of {size} bytes, and its slots have {most}"
            raise InvalidArgumentError("SLOTS_TOO_LARGE", text, size=size, most=most)
        return slots

    def pop_callback(self) -> None:
        """The innermost callback, which `check_resume` gave, is answered."""
        assert self.in_callback
        self._open.pop()
