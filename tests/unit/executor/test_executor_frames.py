"""The stack of a lane, driven with whatever a caller and a worker may say, against a shadow model."""

from __future__ import annotations

import pytest
from exclave.executor.errors import InvalidArgumentError
from exclave.executor.frames import MAX_DEPTH, CallbackSlots, Frame, FrameStack, LaneBrokenError
from exclave.executor.zones import FIRST_FRAME, LANE_SIZE
from hypothesis import given
from hypothesis import strategies as st

SIZES = st.one_of(st.integers(0, 600), st.integers(0, 2**32 - 1), st.integers(LANE_SIZE - 1000, LANE_SIZE))
OFFSETS = st.one_of(st.just(None), st.integers(0, LANE_SIZE + 32), st.integers(0, 2**32 - 1))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("call"), SIZES, SIZES),
        st.tuples(st.just("callback"), OFFSETS, SIZES),
        st.tuples(st.just("resume"), SIZES, st.just(0)),
        st.tuples(st.just("end"), st.just(0), st.just(0)),
    ),
    max_size=80,
)


@given(STEPS, st.booleans())
def test_what_is_open_never_overlaps(steps, calls):
    stack = FrameStack(calls)
    model: list[Frame | CallbackSlots] = []
    for step, first, second in steps:
        try:
            if step == "call":
                model.append(stack.push_call(first, second))
                assert calls
            elif step == "callback":
                offset = (model[-1].end if model else FIRST_FRAME) if first is None else first
                model.append(stack.push_callback(offset, second))
            elif step == "resume":
                assert stack.check_resume(first) is model[-1]
                stack.pop_callback()
                model.pop()
            else:
                assert stack.pop_call() is model.pop()
        except (InvalidArgumentError, LaneBrokenError):
            pass
        check(stack, model)


def check(stack: FrameStack, model: list[Frame | CallbackSlots]) -> None:
    end = FIRST_FRAME
    for entry in model:
        assert end <= entry.offset <= entry.end <= LANE_SIZE
        assert entry.offset % 16 == 0
        end = entry.end
    assert stack.in_call == (bool(model) and isinstance(model[-1], Frame))
    assert stack.in_callback == (bool(model) and isinstance(model[-1], CallbackSlots))


def test_depth_is_bounded():
    stack = FrameStack()
    for _ in range(MAX_DEPTH):
        frame = stack.push_call(8, 8)
        stack.push_callback(frame.end, 8)
    with pytest.raises(InvalidArgumentError, match="32 calls"):
        stack.push_call(8, 8)
