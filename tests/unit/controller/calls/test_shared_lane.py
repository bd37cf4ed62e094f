"""A lane over plain memory, and a peer that answers by a script: what is taken, and what breaks it."""

import ctypes
import mmap
import random
import struct
import threading
import time

import pytest
from exclave.controller.calls.lane import (
    FIRST_FRAME,
    CallbackRequest,
    Exited,
    LaneBrokenError,
    LaneTimeoutError,
    NoRoom,
    Returned,
    Unwound,
)
from exclave.controller.calls.shared_lane import SharedDispatchLane, SharedLane
from exclave.controller.errors import SignatureError
from exclave.controller.model import LANE_SIZE
from exclave.executor.shared_words import futex_wake

RETURNED, EXITED, CALLBACK, UNWOUND, NO_ROOM = range(5)
FIRST_END = FIRST_FRAME + 32
"""Where the first call's frame ends, with up to 16 bytes of slots."""


class Peer:
    """Answers the messages on a lane, one after the other, with words that a script has."""

    def __init__(self, memory, script):
        self._memory = memory
        self._script = script
        self.kinds = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _run(self):
        last = 0
        for words in self._script:
            while (number := struct.unpack_from("<I", self._memory)[0]) == last:
                if self._stop.is_set():
                    return
            last = number
            self.kinds.append(struct.unpack_from("<III", self._memory, 12))
            self._answer(number, **words)

    def _answer(self, number, status, code=0, callback=0, slots=0, size=0, content=b"", ahead=0):
        self._memory[slots : slots + len(content)] = content
        struct.pack_into("<IiQII", self._memory, 0x48, status, code, callback, slots, size)
        reply = ctypes.c_uint32.from_buffer(self._memory, 0x40)
        reply.value = (number + ahead) % 2**32
        futex_wake(reply)


@pytest.fixture
def memory():
    return mmap.mmap(-1, LANE_SIZE)


@pytest.fixture
def lane(memory, native):
    return SharedLane(memory, 0, native, lambda: False)


def soon():
    return time.monotonic() + 20


def back(slots, size=8, content=b"", number=5):
    return {"status": CALLBACK, "callback": number, "slots": slots, "size": size, "content": content}


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ({"status": RETURNED, "slots": 0x100, "content": b"a result"}, Returned(b"a result")),
        ({"status": EXITED, "code": -(2**31)}, Exited(-(2**31))),
        ({"status": NO_ROOM}, NoRoom()),
        ({"status": UNWOUND}, Unwound()),
        (back(FIRST_END, content=b"8 bytes!"), CallbackRequest(5, b"8 bytes!")),
        (back(FIRST_END, 0), CallbackRequest(5, b"")),
        (back(FIRST_END, LANE_SIZE - FIRST_END), CallbackRequest(5, bytes(LANE_SIZE - FIRST_END))),
    ],
)
def test_answers(memory, lane, words, answer):
    with Peer(memory, [words]) as peer:
        assert lane.call(1, 2, bytes(16), 8, soon()) == answer
    assert peer.kinds == [(0, FIRST_FRAME, FIRST_END)]


@pytest.mark.parametrize(
    "words",
    [
        *({"status": status} for status in (5, 2**31 - 1, 2**31, 2**32 - 2, 2**32 - 1)),
        *({"status": RETURNED, "ahead": ahead} for ahead in (1, -2, 2**31)),
        *(back(slots) for slots in (0, FIRST_END - 1, FIRST_END + 1, FIRST_END + 16, LANE_SIZE, 2**32 - 1)),
        *(back(FIRST_END, size) for size in (LANE_SIZE - FIRST_END + 1, 2**32 - FIRST_END, 2**32 - 1)),
    ],
)
def test_what_breaks_the_protocol(memory, lane, words):
    with Peer(memory, [words]), pytest.raises(LaneBrokenError):
        lane.call(1, 2, bytes(16), 8, soon())


def test_calls_nest_and_each_frame_is_behind_the_last(memory, lane):
    script = [back(FIRST_END), back(FIRST_END + 48), {"status": RETURNED}, {"status": RETURNED}]
    with Peer(memory, script) as peer:
        assert isinstance(lane.call(1, 2, bytes(16), 8, soon()), CallbackRequest)
        assert isinstance(lane.call(1, 2, bytes(16), 8, soon()), CallbackRequest)
        assert isinstance(lane.resume(b"inner...", soon()), Returned)
        assert isinstance(lane.resume(b"outer...", soon()), Returned)
    assert peer.kinds == [(0, 0xF0, 0x110), (0, 0x120, 0x140), (1, 0, 0), (1, 0, 0)]
    assert lane.calls == 2


def test_what_a_nested_call_that_was_refused_has_left(memory, lane):
    with Peer(memory, [back(FIRST_END)]):
        lane.call(1, 2, bytes(16), 8, soon())
        with pytest.raises(SignatureError):
            lane.call(1, 2, bytes(LANE_SIZE), 8, soon())
    assert (lane.left(1, 8), lane.left(2, 8)) == (bytes(8), b"")


def test_after_what_was_nested_the_lane_is_as_quick_calls_want_it(memory, lane):
    before = memory[12:24]
    with Peer(memory, [back(FIRST_END), {"status": UNWOUND}]):
        lane.call(1, 2, bytes(16), 8, soon())
        assert lane.unwind(soon()) == Unwound()
    assert memory[12:24] == before


def test_a_deadline_holds_though_the_reply_is_overwritten(memory, lane):
    stop = threading.Event()

    def wake():
        while not stop.is_set():
            memory[0x40:0x48] = bytes(8)

    thread = threading.Thread(target=wake)
    thread.start()
    with pytest.raises(LaneTimeoutError):
        lane.call(1, 2, b"", 8, time.monotonic() + 0.1)
    stop.set()
    thread.join()


def test_a_session_that_is_over_ends_the_wait(memory, native):
    with pytest.raises(LaneBrokenError):
        SharedLane(memory, 0, native, lambda: True).call(1, 2, b"", 8, soon())


@pytest.mark.parametrize(("slots", "size"), [(LANE_SIZE, 8), (8, LANE_SIZE), (LANE_SIZE - 0xFF, 0)])
def test_what_is_too_large_is_not_posted(memory, lane, slots, size):
    with pytest.raises(SignatureError, match="the lane has room for 65280"):
        lane.call(1, 2, bytes(slots), size, soon())
    assert memory[:4] == bytes(4)


def test_random_words_break_it_or_are_an_answer(memory, native):
    """Whatever the answer's words are, there is no other exception, and nothing comes from outside of the lane."""
    chance = random.Random(5)
    for _ in range(200):
        words = {"status": chance.choice([*range(6), 2**31]), "callback": chance.getrandbits(64)}
        words |= {
            "slots": chance.choice([FIRST_END, chance.getrandbits(32)]),
            "size": chance.getrandbits(chance.randrange(33)),
        }
        memory[:0x100] = bytes(0x100)
        lane = SharedLane(memory, 0, native, lambda: False)
        with Peer(memory, [words]):
            try:
                answer = lane.call(1, 2, bytes(16), 8, soon())
            except LaneBrokenError:
                continue
            assert not isinstance(answer, CallbackRequest) or len(answer.slots) == words["size"]


def test_the_dispatch_lane_serves_one_after_the_other(memory, native):
    lane = SharedDispatchLane(memory, 0, native, lambda: False)
    with Peer(memory, [back(0x100, content=b"the 1st."), back(0x100, content=b"the 2nd.")]) as peer:
        assert lane.next_callback(b"") == CallbackRequest(5, b"the 1st.")
        assert lane.next_callback(None) == CallbackRequest(5, b"the 2nd.")
    assert [kind for kind, _, _ in peer.kinds] == [1, 2]


@pytest.mark.parametrize("over", [False, True])
@pytest.mark.parametrize("words", [{"status": RETURNED}, {"status": 77}, back(0xF0), back(0x100, LANE_SIZE)])
def test_the_dispatch_lane_is_broken_or_the_session_over(memory, native, words, over):
    asked = iter([False] + [over] * 100)
    lane = SharedDispatchLane(memory, 0, native, lambda: next(asked))
    with Peer(memory, [words]):
        if over:
            assert lane.next_callback(b"") is None
        else:
            with pytest.raises(LaneBrokenError):
                lane.next_callback(b"")
