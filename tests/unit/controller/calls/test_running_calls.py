"""When a call that was found running is over."""

from dataclasses import dataclass
from typing import Any

import pytest
from exclave.controller.calls.running import PlainCall, QuickCall


@dataclass
class Lane:
    quick: Any = "f"
    calls: int = 10
    nested: bool = False


def test_a_plain_call_says_so_itself():
    call = PlainCall()
    assert not call.over
    call.over = True
    assert call.over


@pytest.mark.parametrize(
    ("later", "over"),
    [
        (Lane(), False),
        (Lane(calls=11), False),  # it was found before it was posted
        (Lane(calls=12), True),
        (Lane(calls=40, nested=True), False),  # calls of its callbacks count too
        (Lane(calls=11, nested=True), False),
        (Lane(quick=None), True),
        (Lane(quick=None, calls=12, nested=True), True),
    ],
)
def test_of_a_quick_call_the_lane_tells(later, over):
    lane = Lane()
    call = QuickCall(lane)
    lane.__dict__.update(later.__dict__)
    assert call.over is over
