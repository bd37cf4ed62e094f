"""A worker that lies on its lanes cannot crash, hang or mislead its controller: near, where both share the memory, and
from afar, where the daemon reads it.

Each attack may spoil its own session; what it must not do is to raise anything but an error of ours, to take longer
than its deadline and a second, or to be noticed by another session.
"""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from exclave.controller import ExclaveError, connect
from exclave.controller.errors import ExecutorCrash
from support_executor import running, start_process
from support_tools import require_tool

SOURCE = Path(__file__).with_name("lanes.c")
SECONDS, SLACK = 0.15, 2.0
REQUEST, ASLEEP, SPIN, KIND, FRAME, FRAME_END = 0, 4, 8, 12, 16, 20
REPLY, CALLER_ASLEEP, STATUS, EXIT_CODE, CALLBACK, CALLBACK_HIGH, SLOTS, SIZE = 64, 68, 72, 76, 80, 84, 88, 92
PLAIN, TO_REQUEST, TO_END = 0, 1, 2
RETURNS, STAYS, GOES_ON = 0, 1, 2
ANSWERED = (REPLY, 0, TO_REQUEST)


def callback(number: int, offset=(0, TO_END), size: int = 16) -> list[tuple[int, int, int]]:
    """The words of a callback, and the answer that says so."""
    high = [(CALLBACK, number & 0xFFFFFFFF, PLAIN), (CALLBACK_HIGH, number >> 32, PLAIN)]
    return [(STATUS, 2, PLAIN), *high, (SLOTS, *offset), (SIZE, size, PLAIN), ANSWERED]


ATTACKS = {
    "an answer before the end": [(STATUS, 0, PLAIN), ANSWERED],
    "the answer before the last": [(REPLY, 0xFFFFFFFF, TO_REQUEST)],
    "an answer to come": [(REPLY, 1, TO_REQUEST)],
    "an answer far away": [(REPLY, 0x80000000, TO_REQUEST)],
    "answer 0": [(REPLY, 0, PLAIN)],
    "the last number that there is": [(REPLY, 0xFFFFFFFF, PLAIN)],
    "no status": [(STATUS, 5, PLAIN), ANSWERED],
    "a large status": [(STATUS, 0xFFFFFFFF, PLAIN), ANSWERED],
    "the status of pending": [(STATUS, 0xFFFFFFFE, PLAIN), ANSWERED],
    "an exit": [(STATUS, 1, PLAIN), (EXIT_CODE, 0x80000000, PLAIN), ANSWERED],
    "an end that nobody asked for": [(STATUS, 3, PLAIN), ANSWERED],
    "no room": [(STATUS, 4, PLAIN), ANSWERED],
    "a callback that is none": callback(0xFFFFFFFFFFFFFFFF),
    "a callback of a number to come": callback(1000),
    "jit_dispatch with nothing": callback(0, size=0),
    "jit_dispatch with garbage": callback(0, size=8192 + 40),
    "a lazy function that is none": callback(1, size=8),
    "a lazy function with too much": callback(1, size=64),
    "slots in the header": callback(2, (0, PLAIN)),
    "slots behind the lane": callback(2, (65536, PLAIN)),
    "slots far behind": callback(2, (0xFFFFFFFF, PLAIN)),
    "slots that wrap": callback(2, (0xFFFFFFF0, PLAIN), 0x20),
    "slots that are not aligned": callback(2, (1, TO_END)),
    "slots of another frame": callback(2, (0x100, PLAIN)),
    "slots that are too many": callback(2, size=65536),
    "slots without end": callback(2, size=0xFFFFFFFF),
    "the caller is said to sleep": [(CALLER_ASLEEP, 0xFFFFFFFF, PLAIN)],
    "nobody sleeps": [(CALLER_ASLEEP, 0, PLAIN), (ASLEEP, 0, PLAIN)],
    "spin for ever": [(SPIN, 0xFFFFFFFF, PLAIN)],
    "another request": [(REQUEST, 7, TO_REQUEST)],
    "another frame": [(FRAME, 0xFFFFFFF0, PLAIN), (FRAME_END, 0, PLAIN), (KIND, 77, PLAIN)],
}


@pytest.fixture(scope="module")
def object_file(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    require_tool("gcc")
    path = tmp_path_factory.mktemp("lanes") / "lanes.o"
    subprocess.run(["gcc", "-O1", "-fPIC", "-w", "-c", str(SOURCE), "-o", str(path)], check=True)
    return path.read_bytes()


@pytest.fixture(scope="module", params=["here", "afar"])
def executor(request: pytest.FixtureRequest):
    if request.param == "here":
        with connect() as handle:
            yield handle
        return
    process, address = start_process(["--listen", "127.0.0.1:0"], stderr=subprocess.PIPE)
    with running(process, address), connect(address) as handle:
        yield handle


@pytest.fixture(scope="module")
def neighbour(executor):
    """A session that must not notice anything."""
    with executor.session() as session:
        session.add_ir("define i64 @fine() { ret i64 7 }")
        yield session.function("fine")


@pytest.fixture
def session(executor, object_file: bytes, neighbour):
    with executor.session(threads=2, recover=False) as handle:
        handle.add_object(object_file, name="lanes.c")
        yield handle
        start = time.monotonic()
        handle.close()
        assert time.monotonic() - start < 10
    assert neighbour() == 7


def attempt(call: Callable[[], object]) -> object:
    """What a call gives: a result, or an error of ours, in time."""
    start = time.monotonic()
    try:
        result = call()
    except ExclaveError as error:
        result = error
    assert time.monotonic() - start < SECONDS + SLACK
    return result


def liar(session):
    return session.function("lies", "i64", ["i64", "ptr", "i64", "i64"])


def lanes_of(session) -> tuple[int, int]:
    zone = session.opened.zones["lanes"]
    return zone.address, zone.size


@pytest.mark.parametrize("then", [RETURNS, STAYS, GOES_ON], ids=["returns", "stays", "goes on"])
@pytest.mark.parametrize("attack", ATTACKS)
def test_lies_about_a_call(session, attack: str, then: int) -> None:
    words = np.array(ATTACKS[attack], np.uint32)
    lies, adds = liar(session), session.function("adds_one", "i64", ["i64"])
    assert adds(1) == 2
    attempt(lambda: lies(lanes_of(session)[0], words, len(words), then, timeout=SECONDS))
    attempt(lambda: adds(1, timeout=SECONDS))
    result = attempt(lambda: adds(2, timeout=SECONDS))
    assert result == 3 or isinstance(result, (ExclaveError, int))


@pytest.mark.parametrize("attack", ["an answer before the end", "a callback of a number to come", "no status"])
def test_lies_within_a_callback(session, attack: str) -> None:
    words = np.array(ATTACKS[attack], np.uint32)
    lies, applies = liar(session), session.function("applies", "i64", ["ptr", "i64"])
    address = session.asarray(words)
    callback = session.callback(
        lambda x: lies(lanes_of(session)[0], address, len(words), STAYS, timeout=SECONDS), "int64_t f(int64_t)"
    )
    attempt(lambda: applies(callback, 1, timeout=2 * SECONDS))


@pytest.mark.parametrize("byte", [0, 1, 2, 0x7F, 0xFF])
def test_all_lanes_at_once_while_others_call(session, byte: int) -> None:
    """What the others get is their own session's doing; but they get something, in time."""
    address, size = lanes_of(session)
    floods = session.function("floods", "i64", ["i64", "i64", "i64"])
    adds = session.function("adds_one", "i64", ["i64"])
    assert adds(1) == 2
    wrong: list[BaseException] = []

    def call() -> None:
        try:
            for _ in range(50):
                if isinstance(attempt(lambda: adds(1, timeout=SECONDS)), ExecutorCrash):
                    return
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=call) for _ in range(3)]
    for thread in threads:
        thread.start()
    attempt(lambda: floods(address, size, byte, timeout=SECONDS))
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    assert not wrong


@pytest.mark.parametrize("flips", [0, 1], ids=["wakes", "wakes and writes"])
def test_a_storm_of_wakes(session, flips: int) -> None:
    address, size = lanes_of(session)
    adds, lies = session.function("adds_one", "i64", ["i64"]), liar(session)
    assert adds(1) == 2
    attempt(lambda: session.function("starts_a_storm", "i64", ["i64", "i64", "i64"])(address, size, flips))
    for number in range(20):
        attempt(lambda number=number: adds(number, timeout=SECONDS))
    attempt(lambda: lies(address, np.zeros((0, 3), np.uint32), 0, STAYS, timeout=SECONDS))


@pytest.mark.parametrize("attack", [name for name, words in ATTACKS.items() if len(words) > 1])
def test_lies_on_the_dispatch_lane(session, attack: str) -> None:
    """The dispatcher may give up; calls with callbacks go on, and the end comes in time."""
    words = np.array(ATTACKS[attack], np.uint32)
    address, size = lanes_of(session)
    applies = session.function("applies", "i64", ["ptr", "i64"])
    doubles = session.callback(lambda x: 2 * x, "int64_t f(int64_t)")
    assert applies(doubles, 4) == 9
    on = session.function("lies_on", "i64", ["i64", "i64", "ptr", "i64"])
    attempt(lambda: on(size // 65536 - 2, address, words, len(words), timeout=SECONDS))
    result = attempt(lambda: applies(doubles, 5, timeout=SECONDS))
    assert result == 11 or isinstance(result, ExclaveError)


def test_a_forged_fault_record_does_not_hide_an_end(session) -> None:
    address, size = lanes_of(session)
    record = size // 65536 - 1
    on = session.function("lies_on", "i64", ["i64", "i64", "ptr", "i64"])
    forged = np.array([(0, 3, PLAIN), (4, 11, PLAIN), (0x18, 0xFFFFFFFF, PLAIN), (0x50, 0xFFFFFFFF, PLAIN)], np.uint32)
    attempt(lambda: on(record, address, forged, len(forged), timeout=SECONDS))
    with pytest.raises(ExecutorCrash) as caught:
        session.function("applies", "i64", ["i64", "i64"])(0, 1, timeout=SECONDS)
    assert str(caught.value)
    assert len(caught.value.backtrace) < 5000
