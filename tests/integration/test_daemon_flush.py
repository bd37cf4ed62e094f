"""When the daemon has new code flushed, as the worker's runtime sees it."""

from __future__ import annotations

import struct

import pytest
from grpc import StatusCode
from support_daemon import Refused
from support_executor import CODE, DATA, STATE_SIZE, running_daemon
from support_plans import Action, Pair

PAGE = 4096
FIRST = 16 * PAGE  # no code of the runtime's is there
RETURN_7, RETURN_8 = (b"\xb8" + bytes([n, 0, 0, 0]) + b"\xc3" for n in (7, 8))  # mov eax, n; ret


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    folder = tmp_path_factory.mktemp("d")
    folder.chmod(0o700)
    with running_daemon(folder) as running:
        yield running


@pytest.fixture
def session(daemon):
    with daemon.session() as opened:
        yield opened.start()


def flushes(session) -> tuple[int, int]:
    """How often it was asked; of how many ranges the last time."""
    data = session.zones[DATA]
    return struct.unpack("<QQ", session.read(data.address + data.size - STATE_SIZE + 64, 16))


def test_fresh_pages_need_none(session):
    for n in range(5):
        session.load(CODE, FIRST + n * PAGE, RETURN_7)
    session.load(DATA, 0, b"x")
    assert flushes(session) == (0, 0)


def test_a_page_that_held_code_is_flushed_once_per_batch(session):
    first = [session.load(CODE, FIRST + n * PAGE, RETURN_7) for n in range(3)]
    assert session.call(session.zones[CODE].address + FIRST) == 7
    session.deinitialize(*first)
    assert flushes(session) == (0, 0), "freeing needs none"
    plan = [([(CODE, FIRST + n * PAGE, 6, 6)], []) for n in range(3)]
    session.initialize(plan, RETURN_8 * 3)
    assert flushes(session) == (1, 0), "a barrier: caches are coherent here"
    assert session.call(session.zones[CODE].address + FIRST) == 8


def test_a_page_whose_batch_failed_counts_as_used(session):
    with Refused(StatusCode.INVALID_ARGUMENT, "CONTENT_TOO_SHORT"):
        session.initialize([([(CODE, FIRST, 16, 16)], [])], b"short")
    session.load(CODE, FIRST, RETURN_8)
    assert flushes(session)[0] == 1


def test_it_comes_before_the_finalize_actions(session):
    """The action is the new code, and finds that the flush was before it: it returns how many there were."""
    session.deinitialize(session.load(CODE, FIRST, RETURN_7 * 3))
    data = session.zones[DATA]
    count = data.address + data.size - STATE_SIZE + 64
    code = b"\x48\xb8" + struct.pack("<Q", count) + b"\x48\x8b\x00\xc3"  # mov rax, count; mov rax, [rax]; ret
    checked = Action(session.zones[CODE].address + FIRST, checked=True)
    (result,) = session.initialize([([(CODE, FIRST, len(code), len(code))], [Pair(checked)])], code)
    assert "returned 1" in result.failure


def test_the_entry_must_be_code(daemon):
    with daemon.session() as session:
        enter = session.enter
        session.enter = lambda: enter(flush_code=0)
        with Refused(StatusCode.INVALID_ARGUMENT, "NOT_CODE"):
            session.start()
